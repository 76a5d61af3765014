#!/bin/sh
# Runs a server for tests: keeper.sh FOLDER COMMAND…
#
# Sends the server the signals whose names come in, a line each, and kills it when nothing more can come:
# when the test closed this, or its whole process ended, however that happened. A line `mark …` is written
# to the server's log instead: all that was logged before it stands above. A server that is killed so
# leaves no data behind in FOLDER. With TEST_DATABASE, the name of a database in the cluster of
# TEST_POSTGRES_URL, that database is dropped at the end.
trap "" INT
folder=$1
shift
"$@" </dev/null &
server=$!
exec 3>&2 >&- 2>&-
while read -r order; do
    case $order in
        mark\ *) echo "$order" >&3 ;;
        *)
            kill -s "$order" "$server"
            folder=
            ;;
    esac
done
exec 3>&-
kill -s KILL "$server"
wait "$server"
status=$?
[ -z "$folder" ] || rm -rf "$folder"
if [ -n "${TEST_DATABASE:-}" ]; then
    psql "$TEST_POSTGRES_URL" --quiet --command "DROP DATABASE $TEST_DATABASE WITH (FORCE)" >/dev/null 2>&1
fi
exit "$status"
