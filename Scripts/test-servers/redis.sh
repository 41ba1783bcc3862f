#!/usr/bin/env bash
# A Redis server for tests, on the loopback interface only and without any file unless an option asks for one.
# It logs to standard output and ends when standard input does, so that it never outlives the tests.
# usage: redis.sh FOLDER --port PORT [option of redis-server...]
set -euo pipefail

[ $# -ge 3 ] || { sed -n 2,4p "$0" >&2; exit 64; }
folder=$1
shift
command -v redis-server >/dev/null || "$(dirname "$0")/../install-deps.sh" test >&2

redis-server --bind 127.0.0.1 --dir "$folder" --save '' --appendonly no "$@" </dev/null &
# The log ends with the server.
exec >/dev/null 2>&1
cat
# By its job, not by its number, which may be somebody else's when the server died long ago.
kill -KILL %1
