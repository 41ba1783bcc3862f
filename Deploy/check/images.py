"""Builds the images with what this machine has: buildah, and bases made here in place of those of a registry.

`debian` is made by mmdebstrap from Debian's archive. The one with the compiler is that and the machine's own toolchain,
mounted. Everything else is the Dockerfile as it is.
"""
import json
import os
import pathlib
import subprocess

import report

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "anb"
STORE = CACHE / "containers"
DEBIAN, SWIFT = "localhost/anb-debian:12", "localhost/anb-swift:6"
ARCHIVES = [f"deb http://deb.debian.org/{path} main" for path in
            ("debian bookworm", "debian bookworm-updates", "debian-security bookworm-security")]
# What the toolchain needs of a Debian, as the official image of Swift has it.
COMPILER_PACKAGES = "binutils git libc6-dev libgcc-12-dev libstdc++-12-dev zlib1g-dev libcurl4-openssl-dev libxml2-dev libedit2 " \
    "libncurses6 libsqlite3-0 tzdata ca-certificates"
IMAGE_BYTES_MAX = 180_000_000


def buildah(*arguments, **options):
    environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
    return report.run(
        ["buildah", "--root", STORE / "images", "--runroot", STORE / "run", "--storage-driver", "vfs", *arguments],
        env=environment, **options)


def exists(image):
    return image in buildah("images", "--format", "{{.Name}}:{{.Tag}}").split()


def make_debian():
    """Debian without recommended packages and documents, like the official slim image."""
    if exists(DEBIAN):
        return
    archive = STORE / "debian.tar"
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "info", "lintian", "locale", "man")]
    report.run([
        "mmdebstrap", "--quiet", "--variant=minbase", "--include=usr-is-merged", *excluded,
        "--customize-hook=rm -rf \"$1\"/var/lib/apt/lists/* \"$1\"/var/cache/* \"$1\"/var/log/*", "bookworm", archive, *ARCHIVES])
    container = buildah("from", "scratch").strip()
    buildah("add", container, archive, "/")
    buildah("config", "--env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", container)
    buildah("commit", "--quiet", container, DEBIAN)
    buildah("rm", container)
    archive.unlink()


def toolchain():
    """The folder that holds usr/bin/swift."""
    found = report.run(["bash", "-c", "while read -r c; do \"$c\" --version 2>/dev/null | grep -q 'Swift version' "
                        "&& readlink -f \"$c\" && break; done < <(type -aP swiftc)"]).strip()
    return pathlib.Path(found).parents[2]


def package_mirrors():
    """Git's own settings for places that stand in for others, and the folders among them."""
    known = subprocess.run(["git", "config", "--get-regexp", r"^url\..*\.insteadof$"], capture_output=True, text=True).stdout
    pairs = [line.split(" ", 1) for line in known.splitlines()]
    variables = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for index, (key, value) in enumerate(pairs):
        variables |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    folders = {key[len("url."):-len(".insteadof")].rstrip("/") for key, _ in pairs}
    return variables, sorted(folder for folder in folders if os.path.isdir(folder))


def make_swift():
    if exists(SWIFT):
        return
    variables, folders = package_mirrors()
    if folders:
        variables |= {"GIT_CONFIG_COUNT": str(int(variables["GIT_CONFIG_COUNT"]) + 1),
                      f"GIT_CONFIG_KEY_{variables['GIT_CONFIG_COUNT']}": "safe.directory",
                      f"GIT_CONFIG_VALUE_{variables['GIT_CONFIG_COUNT']}": "*"}
    variables["PATH"] = f"{toolchain()}/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
    lines = [f"FROM {DEBIAN}", f"RUN apt-get update && apt-get install --yes --no-install-recommends {COMPILER_PACKAGES}",
             *(f"ENV {name}=\"{value}\"" for name, value in variables.items())]
    buildah("bud", "--quiet", "--tag", SWIFT, "--file", "-", input="\n".join(lines))


def make(target):
    """Builds one target of the Dockerfile; answers its size in bytes."""
    _, folders = package_mirrors()
    mounts = [f"--volume={folder}:{folder}:ro" for folder in [str(toolchain()), *folders]]
    log = STORE / f"{target}.log"
    buildah(
        "bud", "--layers", "--logfile", log, "--format", "docker", "--pull-never", "--build-arg", f"DEBIAN={DEBIAN}",
        "--build-arg", f"SWIFT={SWIFT}", *mounts, "--target", target, "--tag", f"anb/{target}",
        "--file", ROOT / "Deploy/images/Dockerfile", ROOT, seconds=3600)
    return size(target)


def inspect(target):
    return json.loads(buildah("inspect", "--type", "image", f"localhost/anb/{target}"))


def size(target):
    return sum(layer["size"] for layer in json.loads(inspect(target)["Manifest"])["layers"])


def unpack(target, folder):
    """The image's root file system, at a place that is not the store's own."""
    container = buildah("from", "--pull-never", f"localhost/anb/{target}").strip()
    try:
        mounted = buildah("mount", container).strip()
        report.run(["cp", "-a", f"{mounted}/.", folder])
    finally:
        buildah("rm", container)
