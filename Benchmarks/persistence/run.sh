#!/usr/bin/env bash
# Figures of the databases: PostgreSQL with fsync on, on a server of its own, and SQLite (synchronous = FULL).
# usage: run.sh [CLIENTS] [SECONDS] [CONNECTIONS]
set -euo pipefail
cd "$(dirname "$0")/../.."
Scripts/swift build -c release --product anb-bench-database
bench=$(Scripts/swift build -c release --show-bin-path)/anb-bench-database
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'Scripts/test-servers/postgres.sh stop "$folder/pg" fast || true; rm -rf "$folder"' EXIT
url=$(Scripts/test-servers/postgres.sh start "$folder/pg" --durable)
echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $(/usr/lib/postgresql/*/bin/postgres --version)"
echo "PostgreSQL, fsync on, client and server on this machine"
"$bench" "$url" "$@"
echo "SQLite, synchronous = FULL, on the same disk"
"$bench" "sqlite:$folder/bench.sqlite" "$@"
