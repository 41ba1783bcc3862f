#!/usr/bin/env bash
# A PostgreSQL server for tests and measurements, on the loopback interface only; superuser and password: anb.
# Without --durable nothing is synced to the disk: right for tests of behaviour, also when the server crashes, but wrong
# for figures. With --owner the server ends, and its folder goes, as soon as that process is gone.
# usage: postgres.sh start FOLDER [--port PORT] [--durable] [--owner PID] [--set NAME=VALUE]...   prints the URL
#        postgres.sh stop FOLDER [fast|immediate]
set -euo pipefail

# A server that kept a pipe of whoever started us would keep its reader waiting.
for descriptor in /proc/self/fd/*; do
  number=${descriptor##*/}
  if [ "$number" -gt 2 ] && [ "$number" -ne 255 ]; then eval "exec $number>&-"; fi
done

usage() { sed -n 5,6p "$0" >&2; exit 64; }
[ $# -ge 2 ] || usage
command=$1 folder=$2
shift 2

binaries() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
if [ -z "$(binaries)" ]; then "$(dirname "$0")/../install-deps.sh" test >&2; fi
bin=$(binaries)
[ -n "$bin" ] || { echo "there is no PostgreSQL server" >&2; exit 69; }

# PostgreSQL refuses root.
as_server() {
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
}

stop() { as_server "$bin/pg_ctl" -D "$folder/data" -m "$1" -w -t 30 stop >/dev/null 2>&1; }

initialise() {
  mkdir -p "$folder"
  if [ "$(id -u)" -eq 0 ]; then chown postgres: "$folder"; fi
  echo anb | as_server tee "$folder/password" >/dev/null
  as_server env LC_ALL=C.UTF-8 "$bin/initdb" -D "$folder/data" -U anb --pwfile="$folder/password" -A scram-sha-256 \
    -E UTF8 --no-sync >/dev/null
  as_server openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$folder/data/server.key" \
    -out "$folder/data/server.crt" 2>/dev/null
  as_server chmod 600 "$folder/data/server.key"
  as_server tee -a "$folder/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
ssl = on
log_min_messages = warning
EOF
}

# The server's pid file has the port in its fourth line.
port_in_use() { as_server sed -n 4p "$folder/data/postmaster.pid"; }

start() {
  local port="" options="" owner=""
  local durability="-c fsync=off -c full_page_writes=off"
  while [ $# -gt 0 ]; do
    case "$1" in
      --port) port=$2; shift 2 ;;
      --durable) durability=""; shift ;;
      --owner) owner=$2; shift 2 ;;
      --set) options="$options -c $2"; shift 2 ;;
      *) usage ;;
    esac
  done
  [ -d "$folder/data" ] || initialise
  local tries=0 wanted
  # A free port is found by trying: asking first and binding later would race.
  until wanted=${port:-$((20000 + RANDOM % 12000))} &&
    as_server "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 60 \
      -o "-p $wanted $durability $options" start >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -ge 10 ]; then as_server tail -20 "$folder/data/server.log" >&2; exit 69; fi
    sleep 0.2
  done
  if [ -n "$owner" ]; then watch_owner "$owner"; fi
  echo "postgres://anb:anb@127.0.0.1:$(port_in_use)/postgres"
}

watch_owner() {
  setsid bash -c 'while kill -0 "$1" 2>/dev/null; do sleep 0.5; done; "$2" stop "$3" immediate; rm -rf "$3"' \
    _ "$1" "$(realpath "$0")" "$folder" </dev/null >/dev/null 2>&1 &
}

case "$command" in
  start) start "$@" ;;
  stop) stop "${1:-fast}" ;;
  *) usage ;;
esac
