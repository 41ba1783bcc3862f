"""nginx with the shipped configuration: alone with a server that repeats what it hears, and in front of two replicas."""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import inside
import report
from report import require

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "Deploy/nginx.conf"
REPLICAS = {"api-1": "127.0.0.2", "api-2": "127.0.0.3"}
UPLOAD_BYTES = 96 << 20
sys.path.insert(0, str(ROOT / "Scripts"))


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the request's method, path and headers."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"method": self.command, "path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def nginx(folder, configuration=CONFIGURATION):
    """The server, not as root and with a /tmp of its own, as in its image; gives what tells its processes' ids."""
    log = open(pathlib.Path(folder) / "nginx.log", "wb")
    os.chmod(log.name, 0o666)
    command = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/nginx/nginx.conf && mount -t tmpfs -o mode=1777 tmpfs /tmp && exec "$@"',
               str(configuration), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "nginx", "-e", "stderr"]
    if subprocess.run([*command, "-t"], stdout=log, stderr=log).returncode != 0:
        raise report.Failure(f"nginx -t: {pathlib.Path(log.name).read_text()}")
    server = subprocess.Popen([*command, "-g", "daemon off;"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        await_port("127.0.0.1", 8080, server)
        # Asked each time: the port is open before the workers are there.
        yield lambda: [str(server.pid), *pathlib.Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]
    finally:
        server.terminate()
        server.wait(timeout=20)


def await_port(host, port, process=None, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        require(process is None or process.poll() is None, f"the server on {host}:{port} ended")
        with contextlib.suppress(OSError):
            socket.create_connection((host, port), timeout=1).close()
            return
        time.sleep(0.02)
    raise report.Failure(f"nobody listens on {host}:{port} after {seconds} s")


def syntax_and_headers():
    """`nginx -t`, what the replicas are told about the client, methods, limits. Runs inside."""
    with tempfile.TemporaryDirectory(prefix="anb-nginx-") as folder:
        inside.names(REPLICAS, folder)
        for address in REPLICAS.values():
            server = http.server.ThreadingHTTPServer((address, 8000), Echo)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        with nginx(folder) as processes:
            heard = ask("GET", "/api/videos", headers={
                "Host": "anb.example.org", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "Forwarded": "for=203.0.113.9",
                "X-Correlation-Id": "from-the-client"})[1]["headers"]
            require(heard["X-Forwarded-For"] == "127.0.0.1", f"a client may say who it is: {heard}")
            require(heard["X-Forwarded-Proto"] == "http" and "Forwarded" not in heard, f"a client may say how it came: {heard}")
            require(heard["Host"] == "anb.example.org" and heard["X-Correlation-Id"] == "from-the-client", f"headers are lost: {heard}")
            for method in ("POST", "HEAD", "PATCH", "DELETE", "OPTIONS"):
                status, answer = ask(method, "/api/videos/uploads/1", headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0"})
                require(status == 200 and (method == "HEAD" or answer["headers"]["Tus-Resumable"] == "1.0.0"), f"tus: {method} answered {status}")
            require(ask("GET", "/metrics")[0] == 404, "strangers see the metrics")
            require(ask("POST", "/api/videos/upload", headers={"Content-Length": str(111 << 20)})[0] == 413, "111 MiB are let through")
            require(ask("POST", "/api/videos/upload", headers={"Content-Length": "0"})[0] == 200, "an upload is refused")
            for path in ("/api/auth/login", "/api/videos", "/api/videos/uploads-of-others", "/"):
                require(ask("POST", path, headers={"Content-Length": str(2 << 20)})[0] == 413, f"2 MiB are let through to {path}")
            for path, byte_count in (("/api/auth/login", 1 << 20), ("/api/videos/upload", 2 << 20), ("/api/videos/uploads/1", 2 << 20)):
                require(kept_files(path, byte_count, processes) == [], f"nginx holds a file of a body for {path}")
        buffering = buffering_configuration(folder)
        with nginx(folder, buffering) as processes:
            require(kept_files("/api/auth/login", 1 << 20, processes) != [], "a login's body on disk would go unnoticed")
    return ("forwarded headers are the proxy's own; tus methods pass; /metrics 404; 413 above 110 MiB, and above 1 MiB where no clip goes; "
            "no body on disk; not as root")


def buffering_configuration(folder):
    """What a proxy must not do; the checks have to notice."""
    path = pathlib.Path(folder) / "buffering.conf"
    path.write_text(CONFIGURATION.read_text().replace("proxy_request_buffering off", "proxy_request_buffering on"))
    return path


def kept_files(path, byte_count, processes, seconds=0.3):
    """Sends half of a body, looks for files of it, and sends the rest, which must be answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=20)
    try:
        connection.putrequest("POST", path)
        connection.putheader("Content-Length", str(byte_count))
        connection.endheaders()
        connection.send(bytes(byte_count // 2))
        deadline = time.monotonic() + seconds
        while not (found := body_files(processes)) and time.monotonic() < deadline:
            time.sleep(0.02)
        connection.send(bytes(byte_count - byte_count // 2))
        status = connection.getresponse().status
        require(status == 200, f"a body of {byte_count} bytes to {path} was answered {status}")
        return found
    finally:
        connection.close()


def body_files(processes):
    return [target for process in processes() for target in open_files(process) if target.startswith("/tmp/client_body")]


def ask(method, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=20)
    try:
        connection.putrequest(method, path, skip_host="Host" in (headers or {}))
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data.startswith(b"{") else None
    except TimeoutError as error:
        raise report.Failure(f"{method} {path} with {headers} is not answered") from error
    finally:
        connection.close()


def clip(folder, byte_count=UPLOAD_BYTES):
    """A real clip with empty boxes after it, up to that size."""
    path = pathlib.Path(folder) / "clip.mp4"
    report.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=3", "-pix_fmt", "yuv420p", path])
    with open(path, "ab") as file:
        missing = byte_count - file.tell()
        file.write(missing.to_bytes(4, "big") + b"free")
        file.truncate(byte_count)
    return path


@contextlib.contextmanager
def replicas(binaries, folder):
    """Two servers on one database, each with its own folder, as containers have; a worker in the first."""
    processes = []
    shared = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/anb.sqlite", "STORAGE_PATH": f"{folder}/objects", "LOG_LEVEL": "warning",
              "JWT_SECRET": "deploy-check-" * 4, "TRUSTED_PROXIES": "127.0.0.1/32"}
    try:
        for name, address in REPLICAS.items():
            data = pathlib.Path(folder) / name
            data.mkdir()
            with open(data / "log", "wb") as log:
                processes.append(subprocess.Popen(
                    [pathlib.Path(binaries) / "anb-api", "serve", "--worker", "embedded" if name == "api-1" else "none"],
                    env={**shared, "HOST": address, "PORT": "8000", "ANB_DATA_DIR": str(data)}, stdout=log, stderr=log,
                    stdin=subprocess.DEVNULL))
            await_port(address, 8000, processes[-1])
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=60)


def streaming(binaries):
    """A large upload and an event stream through nginx. Runs inside."""
    from anb_client import Client
    with tempfile.TemporaryDirectory(prefix="anb-nginx-") as folder:
        inside.names(REPLICAS, folder)
        path = clip(folder)
        buffering = buffering_configuration(folder)
        with replicas(binaries, folder):
            with nginx(folder) as processes:
                client = Client(8080)
                client.sign_up("Ana", "Torres", "Bogotá")
                halfway = upload_in_halves(client, path, folder, processes)
                watched = watch(client, halfway["accepted"])
            require(halfway["received"] > 0.9 * halfway["sent"], f"the replica has {halfway['received']} of {halfway['sent']} bytes sent")
            require(halfway["files"] == [], f"nginx holds files: {halfway['files']}")
            with nginx(folder, buffering) as processes:
                spoiled = upload_in_halves(client, path, folder, processes)
            # The same questions must notice a proxy that does buffer.
            require(spoiled["received"] == 0 and spoiled["files"] != [], f"buffering would go unnoticed: {spoiled}")
    return (f"96 MiB: with {halfway['sent'] >> 20} MiB sent the replica had {halfway['received'] >> 20} MiB, nginx no file and "
            f"{halfway['memory'] >> 20} MiB of memory; {watched['lines']} event lines, the first after {watched['first'] * 1000:.0f} ms, the others over "
            f"{watched['span']:.1f} s; a buffering proxy is noticed")


def upload_in_halves(client, path, folder, processes):
    """Stops in the middle and looks where the bytes are."""
    boundary = "halves"
    head = (f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nHalves\r\n--{boundary}\r\nContent-Disposition: '
            f'form-data; name="video_file"; filename="clip.mp4"\r\nContent-Type: video/mp4\r\n\r\n').encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    body = memoryview(head + path.read_bytes() + tail)
    half = len(body) // 2
    found = {"sent": half}
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=120)
    try:
        connection.putrequest("POST", "/api/videos/upload")
        connection.putheader("Authorization", f"Bearer {client.token}")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={boundary}")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        connection.send(body[:half])
        deadline = time.monotonic() + 3
        while True:
            found["received"] = sum(size(file) for name in REPLICAS for file in (pathlib.Path(folder) / name).rglob("*") if "scratch" in str(file))
            if found["received"] > 0.9 * half or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        found["files"] = body_files(processes)
        found["memory"] = sum(resident(process) for process in processes())
        connection.send(body[half:])
        answer = connection.getresponse()
        data = answer.read()
        require(answer.status == 202, f"the upload was answered {answer.status}: {data[:300]}")
        found["accepted"] = json.loads(data)
        return found
    finally:
        connection.close()


def size(path):
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def open_files(process):
    found = []
    for descriptor in pathlib.Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(os.readlink(descriptor))
    return found


def resident(process):
    line = next(line for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def watch(client, accepted):
    """Reads the video's events until it is done, and notes when they came."""
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=120)
    started = time.monotonic()
    connection.request("GET", f"/api/videos/{accepted['video_id']}/events", headers={"Authorization": f"Bearer {client.token}"})
    answer = connection.getresponse()
    require(answer.status == 200, f"events were answered {answer.status}")
    times = []
    while line := answer.readline():
        if line.startswith(b"data:"):
            times.append(time.monotonic() - started)
            require(b'"failed"' not in line, f"the clip failed: {line}")
            if b'"processed"' in line:
                break
    connection.close()
    require(len(times) >= 2 and times[0] < 1, f"events came at {times}")
    require(times[-1] - times[0] > 0.3, f"events came all at once: {times}")
    return {"lines": len(times), "first": times[0], "span": times[-1] - times[0]}
