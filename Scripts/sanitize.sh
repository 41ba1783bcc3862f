#!/usr/bin/env bash
# Builds everything with a sanitizer, dependencies too, and runs the suites and the proof of the votes under it.
# usage: sanitize.sh address|thread
#
# Not here: ANBMediaTests, whose child may not map what a sanitizer needs (Scripts/sanitize-media.sh does what can be done),
# and the end-to-end suites, which start that child for every clip.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?address or thread}
options=(--sanitize "$kind" --scratch-path ".build/$kind")
export TSAN_OPTIONS=halt_on_error=0:exitcode=66 ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no
Scripts/swift build --build-tests "${options[@]}"
if [ "$kind" = thread ]; then
  toolchain=$(dirname "$(readlink -f "$(type -P swiftc)")")
  "$toolchain/clang" -shared -fPIC -O1 -o "$PWD/.build/thread/mutex.so" Scripts/sanitize-mutex.c
  export LD_PRELOAD="$PWD/.build/thread/mutex.so"
fi
for target in ANBCore ANBStorage ANBQueue ANBPersistence ANBAWS ANBRedis ANBHTTP ANBTelemetry ANBComposition Simulation; do
  Scripts/swift test --skip-build "${options[@]}" --filter "^${target}Tests\\."
done
Scripts/vote-proof.py --binaries "$(Scripts/swift build "${options[@]}" --show-bin-path)" --votes 1000 --kills 3
