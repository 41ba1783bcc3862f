#!/usr/bin/env bash
# Installs the Debian packages that are missing, of those that the build needs, or the demo or the tests besides.
# usage: install-deps.sh build|demo|test|bench|deploy
set -euo pipefail

build=(pkg-config libpq-dev libcurl4-openssl-dev libssl-dev libavcodec-dev libavformat-dev libavfilter-dev
  libswscale-dev libavutil-dev libsqlite3-dev libargon2-dev)
# ffmpeg makes test clips and is the independent judge of our outputs; the product never calls it.
demo=(ffmpeg python3)
test=("${demo[@]}" python3-pip python3-venv unzip curl)
# The real servers that tests run against.
test+=(postgresql redis-server openssl)
# A real browser for the web page, and letters for it.
test+=(chromium fonts-dejavu-core fonts-dejavu-extra)
# Loads alert rules and dashboard, and judges them.
test+=(prometheus)
# The proxy that the deployment ships a configuration for, in front of replicas that are restarted.
test+=(nginx iproute2)
# Reads which libraries a linked program loads.
test+=(binutils)
# Asks for pages as fast as they come.
bench=(wrk)
# Builds images, makes their base, and runs them. Terraform is no Debian package: install it from its maker.
deploy=(buildah crun mmdebstrap)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  demo) wanted=("${build[@]}" "${demo[@]}") ;;
  test) wanted=("${build[@]}" "${test[@]}") ;;
  bench) wanted=("${build[@]}" "${test[@]}" "${bench[@]}") ;;
  deploy) wanted=("${build[@]}" "${test[@]}" "${deploy[@]}") ;;
  *) sed -n 2,3p "$0" >&2; exit 64 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "please install as root: apt-get install ${missing[*]}" >&2; exit 69; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
