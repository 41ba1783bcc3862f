#!/usr/bin/env bash
# Runs the media tests that work in process with the media engine under a sanitizer.
# usage: sanitize-media.sh address|thread [FILTER]   needs a finished debug build (`swift build --build-tests`)
#
# Only ANBMedia and its tests are instrumented, not libav; the sanitizer's malloc, memcpy and locks also watch libav.
# The decoding child is the plain anb-worker: sanitizers map more memory than it may have.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?address or thread}
filter=${2:-'RecipeTests|AssetTests|PictureTests|HostileTests|ChildTests'}
. Fuzz/packages.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
toolchain=$(dirname "$(dirname "$(readlink -f "$(type -P swiftc)")")")
swiftc -gline-tables-only -Onone -sanitize="$kind" -enable-testing -parse-as-library -module-name ANBMedia \
  -wmo -emit-module-path "$work/ANBMedia.swiftmodule" -c -o "$work/ANBMedia.o" \
  -I "$work" "${imports[@]}" $(find Sources/ANBMedia -name '*.swift')
cat >"$work/Main.swift" <<'SWIFT'
import Testing
@main struct Main { static func main() async { await Testing.__swiftPMEntryPoint() as Never } }
SWIFT
archive "$work/packages.a" ! -path '*/ANBMedia.build/*'
swiftc -gline-tables-only -Onone -sanitize="$kind" -parse-as-library -module-name ANBMediaTests -I "$work" "${imports[@]}" \
  -plugin-path "$toolchain/lib/swift/host/plugins/testing" -plugin-path "$toolchain/lib/swift/host/plugins" \
  "$work/Main.swift" Tests/ANBMediaTests/*.swift "$work/ANBMedia.o" "$work/packages.a" "${libraries[@]}" -o "$work/tests"
ln -s "$build/anb-worker" "$work/anb-worker"
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=0:exitcode=66 SWIFT_BACKTRACE=enable=no
"$work/tests" --testing-library swift-testing --filter "ANBMediaTests.($filter)/" </dev/null
