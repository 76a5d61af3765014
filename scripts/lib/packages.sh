# Installs what the tests need and the machine lacks: Debian packages, a Python environment, npm packages.
# To be sourced; needs $root (the repository).

# Prints the Debian packages that provide what is missing for the given steps.
missing_packages() {
    local step
    command -v cc >/dev/null || echo gcc libc6-dev
    command -v curl >/dev/null || echo curl
    command -v jq >/dev/null || echo jq
    command -v openssl >/dev/null || echo openssl
    for step in "$@"; do
        case $step in
            rust | pool | python | browser)
                if ! command -v psql >/dev/null || ! { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; } >/dev/null; then
                    echo postgresql
                fi
                ;;
        esac
        case $step in
            rust)
                [[ -x /usr/sbin/nginx ]] || echo nginx-light
                [[ -x /usr/bin/caddy ]] || echo caddy
                [[ -x /usr/sbin/clamd ]] || echo clamav-daemon
                [[ -x /usr/lib/dovecot/imap ]] || echo dovecot-imapd
                ;;
            deps) command -v git >/dev/null || echo git; command -v xz >/dev/null || echo xz-utils ;;
        esac
        case $step in
            samples) command -v node >/dev/null || echo nodejs; command -v python3 >/dev/null || echo python3 ;;
            rust | python | deps) python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3 python3-venv ;;
        esac
        case $step in
            python | browser | clients)
                command -v node >/dev/null || echo nodejs
                command -v npm >/dev/null || echo npm
                [[ $step != browser || -x /usr/bin/chromium ]] || echo chromium
                ;;
        esac
    done
}

install_packages() {
    local packages as_root=()
    mapfile -t packages < <(missing_packages "$@" | tr ' ' '\n' | sort -u)
    if [[ ${#packages[@]} -eq 0 ]]; then return; fi
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || { echo "Missing, and neither root nor sudo to install them: ${packages[*]}" >&2; return 1; }
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' install "${packages[@]}"
}

# The Python environment of a folder of tests/, with exactly the packages of its requirements.txt: target/python.
install_python() {
    local wanted=$root/tests/$1/requirements.txt venv=$root/target/$1
    if ! cmp -s "$wanted" "$venv/installed.txt"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$wanted"
        cp "$wanted" "$venv/installed.txt"
    fi
}

# The database of advisories as cargo-deny wants it: a git repository of that name, made of the packed one.
install_advisories() {
    local folder=$root/tests/dependencies repository=$root/target/advisories/advisory-db-3157b0e258782691 commit date
    read -r commit date <"$folder/advisories.version"
    if ! cmp -s "$folder/advisories.version" "$repository/.git/made-of"; then
        rm -rf "$repository"
        mkdir -p "$repository"
        tar -xJf "$folder/advisories.tar.xz" -C "$repository"
        (
            cd "$repository"
            export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_COMMITTER_DATE=$date
            git init --quiet --initial-branch=main
            git add --all
            git -c user.name=tests -c user.email=tests@localhost commit --quiet --no-gpg-sign --date "$date" --message "$commit"
        )
        cp "$folder/advisories.version" "$repository/.git/made-of"
    fi
    echo "advisories known on ${date%T*}"
}

# The npm packages of a folder of tests/, as its package-lock.json has them.
install_npm() {
    local folder=$root/tests/$1
    local wanted=$folder/package-lock.json installed=$folder/node_modules/installed.json
    if ! cmp -s "$wanted" "$installed"; then
        (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund)
        cp "$wanted" "$installed"
    fi
}
