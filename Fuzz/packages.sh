# Sourced: what a program needs that is compiled by hand against the debug build.
# Sets build, imports (flags of swiftc) and libraries; archive FILE collects everything but programs and tests.
build=$(Scripts/swift build --show-bin-path)

archive() {
  local objects
  mapfile -t objects < <(find "$build" -path '*.build/*.o' ! -path '*Tests.build/*' ! -path '*-tool.build/*' \
    ! -path '*TestServer.build/*' ! -path '*/anb*' ! -path '*_bench*.build/*' ! -path '*/Embedded*' \
    ! -path '*/OtherWork*' ! -path '*/MediaOnly*' ! -path '*/ContestInATest*' ! -path '*/ExistingApp*' ! -path '*/OwnObjectStore*' \
    ! -path '*/PerformanceTest*' ! -path '*/generate_*' "${@:2}")
  ar rcs "$1" "${objects[@]}" 2>/dev/null
}

read -ra libraries < <(pkg-config --libs libavfilter libavformat libavcodec libswscale libavutil sqlite3 libpq libargon2 zlib)
libraries+=(-lFoundation -lFoundationEssentials -lFoundationInternationalization -ldispatch -lstdc++)
imports=(-swift-version 6 -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility
  -enable-upcoming-feature InternalImportsByDefault -suppress-warnings
  -package-name "$(basename "$PWD" | tr "[:upper:]" "[:lower:]")" -I "$build/Modules" -Xcc -ISources/CSandbox/include)
for module in Sources/C*/module.modulemap $(find "$build" -maxdepth 2 -name module.modulemap) \
  $(find .build/checkouts -path '*/include/module.modulemap' -o -path '*/Sources/GRDBSQLite/module.modulemap'); do
  imports+=(-Xcc "-fmodule-map-file=$module")
done
for flag in $(pkg-config --cflags-only-I libpq libavfilter sqlite3 libargon2); do imports+=(-Xcc "$flag"); done
for folder in .build/checkouts/*/Sources/*/include; do imports+=(-Xcc "-I$folder"); done
