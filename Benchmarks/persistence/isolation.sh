#!/usr/bin/env bash
# The same vote, in the same statements, as SERIALIZABLE with retries and as READ COMMITTED with row locks: what
# Docs/Decisions/0006 rests on. pgbench is the client, so nothing of ours is measured; fsync is on.
# usage: isolation.sh [CLIENTS] [SECONDS]
set -euo pipefail
here=$(dirname "$0")
clients=${1:-10} seconds=${2:-10}
folder=$(mktemp -d)
chmod 755 "$folder"
trap '"$here"/../../Scripts/test-servers/postgres.sh stop "$folder/pg" fast || true; rm -rf "$folder"' EXIT
url=$("$here"/../../Scripts/test-servers/postgres.sh start "$folder/pg" --durable)
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)

"$bin/psql" -q "$url" <<'SQL'
CREATE TABLE users (id TEXT PRIMARY KEY, active BIGINT NOT NULL);
CREATE TABLE videos (id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES users (id), votes BIGINT NOT NULL);
CREATE INDEX ON videos (votes DESC, id);
CREATE TABLE votes (voter_id TEXT NOT NULL REFERENCES users (id), video_id TEXT NOT NULL REFERENCES videos (id),
    PRIMARY KEY (voter_id, video_id));
CREATE TABLE tallies (user_id TEXT PRIMARY KEY REFERENCES users (id), votes BIGINT NOT NULL);
CREATE SEQUENCE voters START 100001;
INSERT INTO users SELECT lpad(i::text, 36, '0'), 1 FROM generate_series(1, 400000) i;
INSERT INTO videos SELECT lpad(i::text, 36, '0'), lpad(i::text, 36, '0'), 0 FROM generate_series(1, 100) i;
INSERT INTO tallies SELECT id, 0 FROM videos;
ANALYZE;
SQL

# $1 isolation level, $2 lock clause, $3 how many videos
vote() {
  cat <<SQL
\set n random(1, $3)
SELECT lpad(:n::text, 36, '0') AS video, lpad(nextval('voters')::text, 36, '0') AS voter \gset
BEGIN ISOLATION LEVEL $1;
SELECT active FROM users WHERE id = :voter $2;
SELECT votes FROM videos WHERE id = :video $2;
INSERT INTO votes SELECT :voter, id FROM videos WHERE id = :video ON CONFLICT DO NOTHING;
UPDATE videos SET votes = votes + 1 WHERE id = :video;
UPDATE tallies SET votes = votes + 1 WHERE user_id = (SELECT owner_id FROM videos WHERE id = :video);
SELECT votes FROM videos WHERE id = :video $2;
COMMIT;
SQL
}

# $1 label, then as vote
run() {
  local label=$1
  shift
  vote "$@" >"$folder/vote.sql"
  echo "== $label"
  "$bin/pgbench" -n -M prepared -c "$clients" -j 2 -T "$seconds" --max-tries=100 -f "$folder/vote.sql" "$url" 2>&1 |
    grep -E 'processed|failed|retried|retries|latency average|^tps' | sed 's/^/   /'
}

echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $clients clients, $seconds s each"
for videos in 1 100; do
  run "$videos video(s), SERIALIZABLE, up to 100 tries" SERIALIZABLE "" $videos
  run "$videos video(s), REPEATABLE READ, up to 100 tries" "REPEATABLE READ" "" $videos
  run "$videos video(s), READ COMMITTED, row locks" "READ COMMITTED" "FOR NO KEY UPDATE" $videos
done
