"""A small client of the contest's HTTP API and a server process to talk to; for the demo and the benchmarks."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.parse
import uuid


class ApiError(Exception):
    """An answer that is not what was asked for."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`anb-api serve` with its own data folder on a free port of the loopback interface."""

    def __init__(self, binaries, data_folder, arguments=(), **settings):
        self.port = free_port()
        self.log_path = pathlib.Path(data_folder) / "server.log"
        environment = {
            **os.environ,
            "ANB_DATA_DIR": str(data_folder), "HOST": "127.0.0.1", "PORT": str(self.port), **settings,
        }
        started = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(pathlib.Path(binaries) / "anb-api"), "serve", *arguments], env=environment, stdout=log, stderr=log)
        self.seconds_to_first_200 = self._await_ready(started)

    def _await_ready(self, started):
        while time.monotonic() < started + 30:
            if self.process.poll() is not None:
                raise ApiError(f"the server ended with code {self.process.returncode}: {self.log_path.read_text()[-2000:]}")
            try:
                if Client(self.port).send("GET", "/health")[0] == 200:
                    return time.monotonic() - started
            except OSError:
                time.sleep(0.002)
        self.process.kill()
        raise ApiError("the server did not answer within 30 s")

    def memory(self, field):
        """Bytes of the process: `VmRSS` now, `VmHWM` at its peak."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) * 1024

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise ApiError("the server did not end within 30 s of SIGTERM")


class Worker:
    """`anb-worker run` with its own data folder, which must be there."""

    def __init__(self, binaries, data_folder, **settings):
        folder = pathlib.Path(data_folder)
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [pathlib.Path(binaries) / "anb-worker", "run"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **settings, "ANB_DATA_DIR": str(folder)})
        end = time.monotonic() + 60
        while not (folder / "worker.alive").exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise ApiError(f"a worker does not start: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self):
        """Processor seconds that it and all its children took."""
        self.process.terminate()
        end = time.monotonic() + 60
        while not (ended := os.wait4(self.process.pid, os.WNOHANG))[0]:
            if time.monotonic() > end:
                self.process.kill()
                raise ApiError("a worker did not end within 60 s of SIGTERM")
            time.sleep(0.02)
        _, status, usage = ended
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            raise ApiError(f"a worker ended with code {self.process.returncode}")
        return usage.ru_utime + usage.ru_stime


class Client:
    """One person at the API; keeps the access token after `log_in`."""

    def __init__(self, port):
        self.port = port
        self.token = None

    def send(self, method, path, body=None, headers=None, timeout=120):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if isinstance(body, (dict, list)):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def call(self, method, path, body=None, headers=None, expect=200):
        status, answer_headers, data = self.send(method, path, body, headers)
        if status != expect:
            raise ApiError(f"{method} {path}: {status} instead of {expect}: {data[:500].decode(errors='replace')}")
        self.headers = answer_headers
        return json.loads(data) if data else None

    def sign_up(self, first, last, city):
        email, password = f"{first}.{last}.{uuid.uuid4().hex[:8]}@example.com".lower(), f"Hoops-{uuid.uuid4().hex[:12]}"
        self.user = self.call("POST", "/api/auth/signup", {
            "first_name": first, "last_name": last, "email": email, "password1": password, "password2": password,
            "city": city, "country": "Colombia"}, expect=201)
        self.token = self.call("POST", "/api/auth/login", {"email": email, "password": password})["access_token"]
        return self.user

    def upload(self, path, title):
        """Streams the file; answers the accepted upload."""
        boundary = uuid.uuid4().hex
        head = (f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\n{title}\r\n'
                f'--{boundary}\r\nContent-Disposition: form-data; name="video_file"; filename="clip"\r\n'
                f'Content-Type: application/octet-stream\r\n\r\n').encode()
        tail = f"\r\n--{boundary}--\r\n".encode()

        def chunks():
            yield head
            with open(path, "rb") as file:
                while chunk := file.read(1 << 18):
                    yield chunk
            yield tail

        length = len(head) + os.path.getsize(path) + len(tail)
        return self.call("POST", "/api/videos/upload", chunks(), {
            "Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(length)}, expect=202)

    def await_processed(self, accepted, seconds=600, on_progress=lambda task: None):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            task = self.call("GET", f"/api/tasks/{accepted['task_id']}")
            on_progress(task)
            if task["status"] == "processed":
                return self.call("GET", f"/api/videos/{accepted['video_id']}")
            if task["status"] == "failed":
                raise ApiError(f"processing failed: {task.get('error')}")
            time.sleep(0.1)
        raise ApiError(f"not processed within {seconds} s")

    def download(self, url, path):
        status, _, data = self.fetch(url)
        if status != 200:
            raise ApiError(f"GET {url.split('?')[0]}: {status}")
        pathlib.Path(path).write_bytes(data)

    def download_range(self, url, first, last):
        return self.fetch(url, {"Range": f"bytes={first}-{last}"})

    def fetch(self, url, headers=None):
        """A signed URL, from whatever server it names, with nothing but the URL to show."""
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=120)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}", headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()
