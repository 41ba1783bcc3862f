# Sourced: what a program needs that is compiled by hand against the debug build.
# Sets build, imports (flags of swiftc) and libraries; archive FILE collects everything but programs and tests.
build=$(Scripts/swift build --show-bin-path)

archive() {
  local objects
  # Below the build's folder, so that no name above it, such as a clone's, leaves anything out.
  mapfile -t objects < <(find "$build" -path '*.build/*.o' ! -path "$build/*Tests.build/*" ! -path "$build/*-tool.build/*" \
    ! -path "$build/*TestServer.build/*" ! -path "$build/anb*" ! -path "$build/*_bench*.build/*" \
    ! -path "$build/Embedded*.build/*" ! -path "$build/OtherWork*" ! -path "$build/MediaOnly*" ! -path "$build/ContestInATest*" \
    ! -path "$build/ExistingApp*" ! -path "$build/OwnObjectStore*" ! -path "$build/PerformanceTest*" \
    ! -path "$build/generate_*" "${@:2}")
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
