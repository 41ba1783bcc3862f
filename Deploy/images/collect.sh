#!/usr/bin/env bash
# Makes a root file system with one program and what it loads.
# usage: collect.sh PROGRAM FOLDER
set -euo pipefail
program=/usr/local/bin/$1
root=$2

mkdir -p "$root"/{data,dev,etc/ssl/certs,proc,run,sys,tmp,usr/bin,usr/lib64,usr/share,var/lib/dpkg/status.d}
# As in Debian: one place for programs and libraries.
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"

# The names that the loader looks for, and the files behind them.
mapfile -t libraries < <(ldd "$program" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }' | sort -u)
for library in "${libraries[@]}"; do
  install -D -m 0755 "$(readlink -f "$library")" "$root/usr${library#/usr}"
done
install -D -m 0755 "$program" "$root$program"
install -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -a /usr/share/zoneinfo "$root/usr/share/"
rm -rf "$root"/usr/share/zoneinfo/{posix,right}
cp -L /etc/os-release "$root/etc/os-release"
echo /usr/local/lib > "$root/etc/ld.so.conf"
ldconfig -r "$root"
# Every library must be found where nothing else is.
loader=$(printf '%s\n' "${libraries[@]}" | grep /ld-linux)
chroot "$root" "$loader" --list "$program" > /dev/null

echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/nonexistent\nanb:x:10001:10001:anb:/data:/nonexistent\n' > "$root/etc/passwd"
printf 'root:x:0:\nanb:x:10001:\n' > "$root/etc/group"
chown 10001:10001 "$root/data"
chmod 1777 "$root/tmp"

# Scanners of images read here what is inside, and which version.
for library in "${libraries[@]}"; do
  dpkg-query -S "$(readlink -f "$library")" "$library" "${library#/usr}" 2>/dev/null || true
done | cut -d: -f1 | sort -u | while read -r package; do
  dpkg-query -s "$package" > "$root/var/lib/dpkg/status.d/$package"
done
cp /usr/local/lib/ffmpeg.package "$root/var/lib/dpkg/status.d/ffmpeg"
for package in ca-certificates tzdata base-files; do
  dpkg-query -s "$package" > "$root/var/lib/dpkg/status.d/$package"
done
