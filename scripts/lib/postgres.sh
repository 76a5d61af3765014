# A PostgreSQL cluster for the tests alone: in a temporary folder, on a free port of the loopback address,
# with a password of its own. To be sourced. What runs beside it must not inherit descriptor 9: as long as
# that is open the cluster lives, so that it ends with its script however that ends.

postgres_folder=
postgres_bin=
postgres_user=
postgres_watcher=

# Runs a program of PostgreSQL as somebody who is not root, which it refuses to run as.
postgres_as() {
    if [[ $EUID -eq 0 ]]; then
        (cd "$postgres_folder" && exec runuser -u "$postgres_user" -- "$postgres_bin/$@" 9>&-)
    else
        (cd "$postgres_folder" && exec "$postgres_bin/$@" 9>&-)
    fi
}

# Waits until nobody holds descriptor 9 any more; then stops the cluster and removes it.
postgres_watch() {
    trap '' HUP INT TERM
    cat >/dev/null
    postgres_as pg_ctl stop --silent --mode=immediate --pgdata="$postgres_folder/data" >/dev/null 2>&1 || true
    rm -rf "$postgres_folder"
}

# Starts the cluster and exports TEST_POSTGRES_URL.
postgres_start() {
    local installed port attempt password
    installed=(/usr/lib/postgresql/*/bin)
    postgres_bin=${installed[-1]}
    [[ -x $postgres_bin/initdb ]] || postgres_bin=$(dirname "$(command -v initdb)")
    postgres_user=postgres
    id postgres >/dev/null 2>&1 || postgres_user=nobody
    postgres_folder=$(mktemp -d "${TMPDIR:-/tmp}/klantportaal-postgres-XXXXXX")
    mkfifo "$postgres_folder/alive"
    postgres_watch <"$postgres_folder/alive" &
    postgres_watcher=$!
    exec 9>"$postgres_folder/alive"
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s\n' "$password" >"$postgres_folder/password"
    if [[ $EUID -eq 0 ]]; then chown -R "$postgres_user" "$postgres_folder"; fi
    postgres_as initdb --pgdata="$postgres_folder/data" --username=tester --auth=scram-sha-256 \
        --pwfile="$postgres_folder/password" --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$postgres_folder/initdb.log" 2>&1 ||
        { cat "$postgres_folder/initdb.log" >&2; return 1; }
    for attempt in {1..20}; do
        port=$((20000 + RANDOM % 12000))
        # Speed, not durability: the cluster dies with the tests.
        if postgres_as pg_ctl start --wait --silent --pgdata="$postgres_folder/data" --log="$postgres_folder/log" --options="\
-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$postgres_folder \
-c max_connections=400 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >/dev/null 2>&1; then
            export TEST_POSTGRES_URL="postgres://tester:$password@127.0.0.1:$port/postgres"
            return
        fi
        grep -q 'Address already in use' "$postgres_folder/log" || break
    done
    cat "$postgres_folder/log" >&2
    return 1
}

# Stops the cluster, if there is one, and waits until it is gone.
postgres_stop() {
    if [[ -z $postgres_watcher ]]; then return; fi
    exec 9>&-
    wait "$postgres_watcher" || true
    postgres_watcher=
}
