"""Load for the API benchmark: wrk for small requests, threads with sendfile for uploads. Neither does much beside waiting:
each measurement also says how many processor seconds a second the generator took."""

import json
import os
import pathlib
import resource
import socket
import statistics
import subprocess
import tempfile
import threading
import time

LUA = str(pathlib.Path(__file__).resolve().with_name("load.lua"))


def child_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Requests:
    """Lines for load.lua in a file of their own."""

    def __init__(self, lines):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".tsv")
        self.count = 0
        for line in lines:
            self.file.write(line + "\n")
            self.count += 1
        self.file.flush()


class Wrk:
    """`connections` clients that each send the next request when they have the answer to the last one."""

    def __init__(self, port, what, seconds, connections=64):
        path, self.begun = what if isinstance(what, str) else "/", child_seconds()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", LUA, f"http://127.0.0.1:{port}{path}"]
        if isinstance(what, Requests):
            command += ["--", what.file.name]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def result(self):
        out = self.process.communicate()[0]
        found = json.loads(next(line for line in reversed(out.split("\n")) if line.startswith("{")))
        seconds = found["microseconds"] / 1e6
        return {"rate": (found["requests"] - found["refused"]) / seconds, "refused": found["refused"] + found["broken"],
                "generator": (child_seconds() - self.begun) / seconds,
                **{name: found[name] / 1000 for name in ("p50", "p95", "p99", "max")}}


def ask(port, what, seconds, connections=64):
    return Wrk(port, what, seconds, connections).result()


# --- uploads

def form(path, title):
    boundary = "a-boundary-of-the-benchmark"
    head = (f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\n{title}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="video_file"; filename="clip.mp4"\r\n'
            f"Content-Type: video/mp4\r\n\r\n").encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    return head, tail, len(head) + os.path.getsize(path) + len(tail), f"multipart/form-data; boundary={boundary}"


class Uploader:
    """One client with one connection."""

    def __init__(self, port, path, token):
        self.port, self.path, self.token = port, path, token
        self.connection = None

    def upload(self, title):
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=300)
        head, tail, length, kind = form(self.path, title)
        self.connection.sendall((
            f"POST /api/videos/upload HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n").encode() + head)
        with open(self.path, "rb") as file:
            self.connection.sendfile(file)
        self.connection.sendall(tail)
        return self.answer()

    def answer(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.received()
        fields, _, body = data.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in fields.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += self.received()
        status = int(fields.split(b" ")[1])
        if status != 202:
            raise OSError(f"{status} {body[:300]}")
        return json.loads(body)

    def received(self):
        data = self.connection.recv(65536)
        if not data:
            raise OSError("the connection was closed")
        return data


def upload(port, path, tokens, clients, seconds, each=None):
    """`clients` upload the file again and again for that time, or `each` times; each by accounts of its own."""
    times, failures, lock = [], [], threading.Lock()
    begun, start = os.times(), time.monotonic()

    def run(client):
        uploader, count = Uploader(port, path, tokens[client % len(tokens)]), 0
        while (count < each) if each else (time.monotonic() < start + seconds):
            uploader.token, count = tokens[(client + count * clients) % len(tokens)], count + 1
            sent = time.monotonic()
            try:
                uploader.upload(f"Clip {client}-{count}")
            except OSError as error:
                with lock:
                    failures.append(str(error))
                return
            with lock:
                times.append(time.monotonic() - sent)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, ended = time.monotonic() - start, os.times()
    ordered = sorted(times) or [0]
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000  # noqa: E731
    return {"rate": len(times) / elapsed, "refused": len(failures), "why": failures[:1],
            "generator": (ended.user + ended.system - begun.user - begun.system) / elapsed,
            "p50": statistics.median(ordered) * 1000, "p95": at(0.95), "p99": at(0.99), "max": ordered[-1] * 1000}
