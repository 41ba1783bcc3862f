"""Starts compose.yaml for real: our images as containers (crun: read-only root, no capabilities, own namespaces), and in place
of images that only a registry has, this machine's own servers, each in a network namespace of its own under the same name.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import formats
import gateway
import images
import inside
import report
from report import require

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "Deploy/compose.yaml"
sys.path[:0] = [str(ROOT / "Scripts"), str(ROOT / "Scripts/test-servers")]
USER = 10001


def load():
    """The file as compose reads it, merges and defaults of variables included."""
    import yaml
    text = COMPOSE.read_text()
    while "${" in text:
        start = text.index("${")
        end = text.index("}", start)
        text = text[:start] + text[start + 2:end].partition(":-")[2] + text[end + 1:]
    return yaml.safe_load(text)


class Network:
    """One bridge, and a namespace with an address for each service; the names are those of the file."""

    def __init__(self, compose, folder):
        self.subnet = compose["networks"]["inside"]["ipam"]["config"][0]["subnet"].rpartition(".")[0]
        services = list(compose["services"])
        self.addresses = {name: fixed_address(compose["services"][name]) or f"{self.subnet}.{10 + index}" for index, name in enumerate(services)}
        require(len(set(self.addresses.values())) == len(services), f"two services with one address: {self.addresses}")
        self.hosts = pathlib.Path(folder) / "hosts-inside"
        names = dict(self.addresses)
        for service, entry in compose["services"].items():
            if isinstance(entry["networks"], dict):
                names |= {alias: self.addresses[service] for alias in entry["networks"]["inside"].get("aliases", [])}
        self.hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in names.items()))
        self.holders = {}
        report.run(["ip", "link", "add", "inside", "type", "bridge"])
        report.run(["ip", "address", "add", f"{self.subnet}.1/24", "dev", "inside"])
        report.run(["ip", "link", "set", "inside", "up"])
        for index, name in enumerate(services):
            holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
            self.holders[name] = holder
            await_namespace(holder.pid)
            report.run(["ip", "link", "add", f"out{index}", "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid)])
            report.run(["ip", "link", "set", f"out{index}", "master", "inside", "up"])
            for command in (["ip", "link", "set", "lo", "up"], ["ip", "address", "add", f"{self.addresses[name]}/24", "dev", "eth0"],
                            ["ip", "link", "set", "eth0", "up"]):
                report.run(self.entered(name, command))

    def entered(self, name, command):
        return ["nsenter", f"--net=/proc/{self.holders[name].pid}/ns/net", "--", *map(str, command)]


def fixed_address(service):
    """The one that the file gives, or None."""
    return service["networks"]["inside"].get("ipv4_address") if isinstance(service["networks"], dict) else None


def await_namespace(process):
    own = os.readlink("/proc/self/ns/net")
    for _ in range(500):
        if os.readlink(f"/proc/{process}/ns/net") != own:
            return
        time.sleep(0.01)
    raise report.Failure("no network namespace")


def forward(port, address):
    """What `ports:` does: this machine's port leads to the service."""
    import socket

    listener = socket.create_server(("127.0.0.1", port))

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def serve():
        while True:
            client, _ = listener.accept()
            server = socket.create_connection((address, port))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


class Container:
    """One service that runs from our image."""

    def __init__(self, name, service, roots, network, folder):
        self.name = f"anb-{name}"
        self.crun = ["crun", "--root", f"{folder}/crun", "--cgroup-manager=disabled"]
        target = service["image"].split("/")[1]
        self.bundle = pathlib.Path(folder) / f"bundle-{name}"
        self.data = self.bundle / "data"
        self.data.mkdir(parents=True)
        os.chown(self.data, USER, USER)
        self.log_path = self.bundle / "log"
        self.log_path.write_bytes(b"")
        os.chmod(self.log_path, 0o666)
        self.image = json.loads(images.inspect(target)["Config"])["config"]
        self.check = service.get("healthcheck", {}).get("test")
        self.grace = int(service.get("stop_grace_period", "10s").rstrip("s"))
        (self.bundle / "config.json").write_text(json.dumps(self.specification(service, roots[target], network, name)))
        self.process = None

    def specification(self, service, root, network, name):
        environment = [*self.image["Env"], *(f"{key}={value}" for key, value in service.get("environment", {}).items())]
        masked = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"]
        return {
            "ociVersion": "1.0.2",
            "hostname": name,
            "root": {"path": str(root), "readonly": service["read_only"]},
            "process": {
                "user": {"uid": USER, "gid": USER}, "cwd": self.image["WorkingDir"], "env": environment,
                "args": self.image["Entrypoint"] + service.get("command", self.image["Cmd"]),
                "noNewPrivileges": "no-new-privileges:true" in service["security_opt"],
                "capabilities": {kind: [] for kind in ("bounding", "effective", "inheritable", "permitted", "ambient")},
            },
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]},
                {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
                {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777", "size=64m"]},
                {"destination": "/data", "type": "bind", "source": str(self.data), "options": ["bind", "rw", "nosuid", "nodev"]},
                {"destination": "/etc/hosts", "type": "bind", "source": str(network.hosts), "options": ["bind", "ro"]},
            ],
            "linux": {
                "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]
                + [{"type": "network", "path": f"/proc/{network.holders[name].pid}/ns/net"}],
                "maskedPaths": masked, "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            },
        }

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.crun, "run", "--bundle", str(self.bundle), self.name], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def healthy(self):
        check = self.image["Healthcheck"]["Test"]
        require(check[0] == "CMD" and check == self.check, f"health checks {check}, {self.check}")
        return subprocess.run(
            [*self.crun, "exec", self.name, *check[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def await_healthy(self, seconds=40):
        deadline = time.monotonic() + seconds
        while not self.healthy():
            require(self.process.poll() is None, f"{self.name} ended: {self.log_path.read_text()[-1500:]}")
            require(time.monotonic() < deadline, f"{self.name} is not healthy after {seconds} s: {self.log_path.read_text()[-1500:]}")
            time.sleep(0.3)

    def stop(self):
        """SIGTERM, and the file's time to end; the exit code."""
        subprocess.run([*self.crun, "kill", self.name, "TERM"], stderr=subprocess.DEVNULL)
        code = self.process.wait(timeout=self.grace)
        self.remove()
        return code

    def remove(self):
        subprocess.run([*self.crun, "delete", "--force", self.name], stderr=subprocess.DEVNULL)

    def end(self):
        if self.process and self.process.poll() is None:
            self.remove()
            self.process.wait(timeout=10)


def start(roots):
    """Everything up, a contest played through nginx, one replica and one worker replaced. Runs inside."""
    from anb_client import ApiError

    only_new_control_groups()
    compose = load()
    services = compose["services"]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="anb-compose-"))
        os.chmod(folder, 0o755)
        network = Network(compose, folder)
        for holder in network.holders.values():
            stack.callback(holder.kill)
        for server in (postgres, redis, aws):
            stack.enter_context(server(services, network, folder))
        ours = {name: Container(name, service, roots, network, folder) for name, service in services.items()
                if service["image"].startswith("anb/")}
        for container in ours.values():
            stack.callback(container.end)
        queues = ours.pop("queues").start()
        require(queues.process.wait(timeout=60) == 0, f"setup-queues: {queues.log_path.read_text()[-1500:]}")
        started = time.monotonic()
        for container in ours.values():
            container.start()
        for name in ours:
            ours[name].await_healthy()
        seconds = time.monotonic() - started
        # This machine's names for what the file publishes.
        inside.names({"s3.localhost": "127.0.0.1"}, folder)
        forward(8080, network.addresses["nginx"])
        forward(4566, network.addresses["aws"])
        with proxy(network, folder):
            try:
                played = contest(ours, network, folder)
            except (ApiError, OSError) as error:
                said = {name: [line[:400] for line in container.log_path.read_text().splitlines() if "\"request\"" not in line][-6:]
                        for name, container in ours.items()}
                raise report.Failure(f"{error}; {json.dumps(said)}") from error
        codes = {name: container.stop() for name, container in ours.items()}
        require(set(codes.values()) == {0}, f"exit codes {codes}")
        return f"healthy after {seconds:.1f} s; {played}; all ended with 0"


def only_new_control_groups():
    """crun refuses a machine with both generations; in this view there is one."""
    subprocess.run(["umount", "--recursive", "/sys/fs/cgroup"], stderr=subprocess.DEVNULL)
    report.run(["mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"])


def contest(ours, network, folder):
    from anb_client import Client
    client, voter = Client(8080), Client(8080)
    client.sign_up("Ana", "Torres", "Bogotá")
    voter.sign_up("Luis", "Rojas", "Cali")
    clip = gateway.clip(folder, byte_count=20 << 20)
    videos = [client.await_processed(client.upload(clip, f"Clip {index}"), seconds=180) for index in range(2)]
    for index, video in enumerate(videos):
        client.download(video["renditions"]["720p"], pathlib.Path(folder) / f"{index}.mp4")
        report.run(["ffmpeg", "-v", "error", "-xerror", "-i", f"{folder}/{index}.mp4", "-f", "null", "-"])
    voter.call("POST", f"/api/public/videos/{videos[0]['video_id']}/vote")
    every_format(client, folder)
    for name in ("api-1", "api-2"):
        require(forks_probes(network, name), f"{name} starts a whole process for each probe")
    # One replica goes: nobody may notice. One worker goes in the middle of its work: the other takes over.
    waiting = client.upload(clip, "Handed over")
    require(ours["api-1"].stop() == 0 and ours["worker-1"].stop() == 0, "a replaced container did not end well")
    for _ in range(50):
        client.call("GET", "/api/videos")
    client.await_processed(waiting, seconds=180)
    for name in ("api-1", "worker-1"):
        ours[name].start()
    ours["api-1"].await_healthy()
    ranking = Client(8080).call("GET", "/api/public/rankings")
    require([entry["votes"] for entry in ranking] == [1], f"ranking {ranking}")
    return (f"{len(formats.CLIPS)} formats probed, published and decoded, {len(formats.REFUSED)} refused, a vote counted, a replica and a "
            "worker replaced under it without a failed request")


def every_format(client, folder):
    """What the contest takes becomes a video, by whatever replica it came; what it does not is refused at once."""
    from anb_client import ApiError
    place = pathlib.Path(folder) / "formats"
    place.mkdir()
    formats.make(place)
    uploads = {name: client.upload(place / name, name) for name in formats.CLIPS}
    for name, upload in uploads.items():
        video = client.await_processed(upload, seconds=180)
        client.download(video["renditions"]["480p"], place / "made.mp4")
        report.run(["ffmpeg", "-v", "error", "-xerror", "-i", place / "made.mp4", "-f", "null", "-"])
    for name in formats.REFUSED:
        try:
            client.upload(place / name, name)
        except ApiError as error:
            require(re.search(r": 4\d\d instead of 202", str(error)), str(error))
        else:
            raise report.Failure(f"{name} is taken")


def forks_probes(network, name):
    """Whether a forking process runs in the container."""
    own = os.readlink(f"/proc/{network.holders[name].pid}/ns/net")
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"media-fork-server" in (process / "cmdline").read_bytes().split(b"\0") and os.readlink(process / "ns/net") == own:
                return True
    return False


@contextlib.contextmanager
def proxy(network, folder):
    """nginx with the shipped file, in its own namespace, with the names of the network and a /tmp of its own, as in its image."""
    place = pathlib.Path(folder) / "nginx"
    place.mkdir()
    os.chmod(place, 0o755)
    with open(place / "log", "wb") as log:
        os.chmod(log.name, 0o666)
        server = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c",
             f"mount --bind {network.hosts} /etc/hosts && mount --bind {ROOT / 'Deploy/nginx.conf'} /etc/nginx/nginx.conf "
             '&& mount -t tmpfs -o mode=1777 tmpfs /tmp && exec "$@"', "sh",
             *network.entered("nginx", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "nginx", "-e", "stderr",
                                        "-g", "daemon off;"])],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        gateway.await_port(network.addresses["nginx"], 8080, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextlib.contextmanager
def background(command, log, port, address, user=None, environment=None):
    with open(log, "wb") as output:
        server = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                  env={**os.environ, **(environment or {})})
    try:
        gateway.await_port(address, port, server)
        yield
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def postgres(services, network, folder):
    binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    place = pathlib.Path(folder) / "postgres"
    place.mkdir()
    shutil.chown(place, "postgres")
    as_server = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    settings = services["postgres"]["environment"]
    (place / "password").write_text(settings["POSTGRES_PASSWORD"])
    report.run([*as_server, binaries / "initdb", "-D", place / "data", "-U", settings["POSTGRES_USER"], f"--pwfile={place}/password",
                "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
    with open(place / "data/pg_hba.conf", "a") as rules:
        rules.write(f"host all all {network.subnet}.0/24 scram-sha-256\n")
    command = [*as_server, binaries / "postgres", "-D", place / "data", "-c", "listen_addresses=*", "-c", "unix_socket_directories=",
               "-c", "fsync=off"]
    with background(network.entered("postgres", command), f"{folder}/postgres.log", 5432, network.addresses["postgres"]):
        url = f"postgres://{settings['POSTGRES_USER']}:{settings['POSTGRES_PASSWORD']}@{network.addresses['postgres']}/postgres"
        for _ in range(50):
            done = subprocess.run(["psql", url, "-c", f"CREATE DATABASE {settings['POSTGRES_DB']}"], capture_output=True, text=True)
            if done.returncode == 0:
                break
            time.sleep(0.2)
        require(done.returncode == 0, done.stderr)
        yield


@contextlib.contextmanager
def redis(services, network, folder):
    command = [*services["redis"]["command"], "--bind", "0.0.0.0", "--protected-mode", "no", "--dir", folder]
    with background(network.entered("redis", command), f"{folder}/redis.log", 6379, network.addresses["redis"]):
        yield


@contextlib.contextmanager
def aws(services, network, folder):
    import aws as server
    import urllib.request
    place = pathlib.Path(folder) / "aws"
    place.mkdir()
    environment = {**services["aws"]["environment"], "BIND_HOST": "0.0.0.0", "HOME": str(place), "TMPDIR": str(place)}
    address = network.addresses["aws"]
    with background(network.entered("aws", [server.HOME / "bin/ministack"]), f"{folder}/aws.log", 4566, address, environment=environment):
        server.wait_until_ready(Alive(), f"http://{address}:4566", folder)
        bucket = services["bucket"]["command"][0]
        require("/anb-videos'" in bucket, bucket)
        urllib.request.urlopen(urllib.request.Request(f"http://{address}:4566/anb-videos", method="PUT"), timeout=10)
        yield


class Alive:
    def poll(self):
        return None
