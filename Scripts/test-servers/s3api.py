#!/usr/bin/env python3
"""Runs OpenStack Swift with its S3 interface for as long as a command takes.

usage: s3api.py COMMAND [ARGUMENT…]

The command finds S3_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in its environment. This
server shares no code with the one of the tests: it refuses a body that is not the signed one and parts under 5 MiB.
Needs root, for a private view of /etc/swift.
"""
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time

PACKAGES = ["swift-proxy", "swift-account", "swift-container", "swift-object", "memcached"]
START_SECONDS_MAX = 60
REGION = "us-east-1"
SECRET = secrets.token_hex(20)

BACKEND = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = root
workers = 1
mount_check = false
devices = {folder}/devices
log_address = {folder}/log
fallocate_reserve = 0
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

PROXY = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = root
workers = 2
log_address = {folder}/log
[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api tempauth bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache}
[filter:s3api]
use = egg:swift#s3api
location = {region}
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
user_anb_anb = {secret} .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


def install():
    missing = [name for name in PACKAGES if subprocess.run(
        ["dpkg", "-s", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode]
    if missing:
        quiet = dict(check=True, stdout=sys.stderr, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], **quiet)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_ring(kind, port, folder):
    builder = f"{folder}/{kind}.builder"
    for arguments in (["create", "4", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"]):
        subprocess.run(["swift-ring-builder", builder, *arguments], check=True, stdout=subprocess.DEVNULL)


def configure(folder):
    """Returns the commands of the servers and the proxy's port."""
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\nswift_hash_path_prefix = tests\n")
    commands = []
    for kind in ("account", "container", "object"):
        port = free_port()
        make_ring(kind, port, folder)
        (folder / f"{kind}.conf").write_text(BACKEND.format(kind=kind, port=port, folder=folder))
        commands.append([f"swift-{kind}-server", f"/etc/swift/{kind}.conf"])
    cache, port = free_port(), free_port()
    commands.append(["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", str(cache)])
    (folder / "proxy.conf").write_text(PROXY.format(port=port, folder=folder, region=REGION, secret=SECRET, cache=cache))
    return commands + [["swift-proxy-server", "/etc/swift/proxy.conf"]], port


def start(command, folder):
    private = f'mount --make-rprivate / && mount --bind "{folder}" /etc/swift && exec "$@"'
    log = open(folder / f"{command[0]}.log", "wb")
    return subprocess.Popen(
        ["unshare", "-m", "bash", "-c", private, "bash", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def wait_until_ready(servers, port, folder):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and all(server.poll() is None for server in servers):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    for log in folder.glob("*.log"):
        sys.stderr.write(f"{log.name}: {log.read_text(errors='replace')[-2000:]}\n")
    raise SystemExit("OpenStack Swift did not start")


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    install()
    os.makedirs("/etc/swift", exist_ok=True)
    # So that the servers are ended in that case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    servers = []
    with tempfile.TemporaryDirectory(prefix="anb-s3api-") as name:
        folder = pathlib.Path(name)
        try:
            commands, port = configure(folder)
            servers = [start(command, folder) for command in commands]
            wait_until_ready(servers, port, folder)
            environment = {
                **os.environ, "S3_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": REGION,
                "AWS_ACCESS_KEY_ID": "anb:anb", "AWS_SECRET_ACCESS_KEY": SECRET,
            }
            return subprocess.run(sys.argv[1:], env=environment).returncode
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait()


if __name__ == "__main__":
    sys.exit(main())
