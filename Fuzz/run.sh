#!/usr/bin/env bash
# Fuzzes what reads strangers' bytes outside the decoding child, with libFuzzer, then clips through the child.
# usage: run.sh SECONDS   in all; needs a finished debug build (`swift build --build-tests`)
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?seconds}
. Fuzz/packages.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# The sources under test are compiled with the fuzzer's eyes; everything they import comes from the debug build.
archive "$work/packages.a"

fuzz() { # name, sources...
  local name=$1 log=$work/$1.log
  shift
  echo "== $name: building"
  swiftc -O -sanitize=fuzzer -parse-as-library -module-name Fuzz "${imports[@]}" "Fuzz/$name.swift" "$@" -o "$work/$name" \
    "$work/packages.a" "${libraries[@]}"
  mkdir -p "$work/corpus-$name"
  cp -r "Fuzz/seeds/$name/." "$work/corpus-$name/" 2>/dev/null || true
  local code=0
  SWIFT_BACKTRACE=enable=no timeout -k 5 $((seconds / 5 + 60)) "$work/$name" "$work/corpus-$name" -max_total_time=$((seconds / 5)) -max_len=4096 \
    -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 "-artifact_prefix=$work/crash-$name-" </dev/null >"$log" 2>&1 || code=$?
  local runs
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if [ "$code" -eq 0 ]; then echo "$name: ${runs:-?} executions, 0 crashes"; return; fi
  failed=1
  echo "$name: ${runs:-?} executions, CRASHED (code $code)"
  tail -30 "$log"
  for input in "$work/crash-$name-"*; do [ -f "$input" ] && { echo "input:"; base64 "$input"; }; done
}

fuzz Sniffer Sources/ANBMedia/Input/Container.swift
fuzz Multipart $(ls Sources/ANBHTTP/Multipart/*.swift | grep -v UploadForm) \
  Sources/ANBHTTP/Bodies/{PercentEncoding,Trimming}.swift
fuzz Replies $(find Sources/ANBMedia -name '*.swift')
fuzz Configuration $(find Sources/ANBComposition -name '*.swift')
python3 Scripts/fuzz-clips.py --worker "$build/anb-worker" --seconds $((seconds / 5)) || failed=1
exit $failed
