#!/usr/bin/env python3
"""Uploads that survive: one large clip through two replicas, its connection cut again and again at random bytes.

Two API processes share a PostgreSQL database and one store. A client sends the clip by tus; its connections are reset,
closed, or go silent and stay open, and each next request goes to the other replica. Replicas are killed in the middle of
a request. What is stored in the end must have the SHA-256 of what was sent; a cut may cost at most one part of bytes sent
twice; nothing may be left of the parts. Then tuspy, a client that knows nothing of us, uploads a clip, and on S3 one goes
straight to the store by signed URLs.

usage: prove.py --binaries FOLDER [--store filesystem|s3] [--cuts N] [--megabytes N] [--kills N] [--seed N]
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parent
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "chaos"), str(SCRIPTS / "test-servers")]

import aws  # noqa: E402
import tool_environment  # noqa: E402
from anb_client import Client, Server  # noqa: E402
from backends import Postgres, wait_for  # noqa: E402
from tus_connection import TusConnection, ask  # noqa: E402

PATH = "/api/videos/uploads"
PART_BYTES = 8 << 20
TUSPY = ("tuspy", "1.1.0", "tuspy")
CHUNK = 1 << 16


class Files:
    """Objects in a folder that both replicas see."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder) / "objects"
        self.settings = {"STORAGE_BACKEND": "filesystem", "STORAGE_PATH": str(self.root)}

    def keys(self):
        paths = [path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file()]
        return ["/".join(part.removesuffix("+") for part in path.parts) for path in paths if path.parts[0] != ".~writing"]

    def close(self):
        pass


class S3:
    """Objects on the local S3 server, which checks signatures."""

    def __init__(self, _):
        from botocore.session import Session  # only in the server's own environment

        self.server = subprocess.Popen(
            [sys.executable, SCRIPTS / "test-servers" / "aws.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.server.stdout.readline())
        self.client = Session().create_client(
            "s3", region_name=ready["region"], endpoint_url=ready["endpoint"], aws_access_key_id=ready["accessKeyID"],
            aws_secret_access_key=ready["secretAccessKey"])
        self.client.create_bucket(Bucket="uploads")
        self.settings = {**aws.variables(ready), "STORAGE_BACKEND": "s3", "S3_BUCKET": "uploads"}

    def keys(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="uploads")
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def close(self):
        self.server.stdin.close()
        self.server.wait(timeout=10)


class Replicas:
    """Two API processes; one that was killed is started again."""

    def __init__(self, binaries, folder, settings):
        self.binaries, self.folder, self.settings = binaries, pathlib.Path(folder), settings
        self.servers = [self._start(number) for number in range(2)]

    def _start(self, number):
        own = self.folder / f"replica{number}"
        own.mkdir(exist_ok=True)
        return Server(self.binaries, own, ["--worker", "none"], **self.settings)

    def port(self, number):
        return self.servers[number].port

    def kill(self, number):
        self.servers[number].process.kill()
        self.servers[number].process.wait()

    def is_alive(self, number):
        return self.servers[number].process.poll() is None

    def restart(self, number):
        self.servers[number] = self._start(number)

    def end(self):
        for server in self.servers:
            server.process.kill()
            server.process.wait()


class Run:
    """One clip on its way, and the account of what it cost."""

    def __init__(self, replicas, token, clip, chance, cuts, kills):
        self.replicas, self.token, self.clip, self.chance = replicas, token, clip, chance
        self.cuts, self.kills = cuts, kills
        self.turn = 0
        self.twice, self.twice_after_kills, self.refused, self.waits = [], [], 0, []
        self.silent = []
        self.path = None

    def other(self):
        """The replica that was not asked last, unless it is dead."""
        self.turn = 1 - self.turn if self.replicas.is_alive(1 - self.turn) else self.turn
        return self.turn

    def begin(self):
        title = "Q2xpcA=="
        status, fields = ask(self.replicas.port(0), self.token, "POST", PATH,
                             {"Upload-Length": len(self.clip), "Upload-Metadata": f"title {title}"})
        assert status == 201, (status, fields)
        self.path = fields["location"]

    def offset(self):
        status, fields = ask(self.replicas.port(self.other()), self.token, "HEAD", self.path)
        assert status == 200, (status, fields)
        return int(fields["upload-offset"])

    def perform(self):
        """Every cut, every kill, and then the rest."""
        self.begin()
        events = ["cut"] * self.cuts + ["kill"] * self.kills
        self.chance.shuffle(events)
        for left in range(len(events), 0, -1):
            self.break_off(events[left - 1], left)
        return self.finish()

    def break_off(self, event, left):
        offset = self.offset()
        remaining = len(self.clip) - offset
        most = min(2 * remaining // (left + 1), remaining - 1)
        count = self.chance.randint(1, max(1, most))
        connection, offset = self.open_request(offset)
        server = self.turn
        end = min(offset + count, len(self.clip) - 1)
        self.send(connection, offset, end)
        if event == "kill":
            self.replicas.kill(server)
            self.twice_after_kills.append(end - self.settled(offset, end))
            self.replicas.restart(server)
            connection.cut(hard=True)
            return
        how = self.chance.choice(["reset", "reset", "close", "close", "silent"])
        if how == "silent":
            self.silent.append(connection)
        else:
            connection.cut(hard=how == "reset")
        self.twice.append(end - self.settled(offset, end))

    def open_request(self, offset):
        """A PATCH that the server is ready to read, on the other replica; waits while another one is still at work."""
        begin = time.monotonic()
        while True:
            connection = TusConnection(
                self.replicas.port(self.other()), self.token, "PATCH", self.path,
                {"Content-Type": "application/offset+octet-stream", "Upload-Offset": offset,
                 "Content-Length": len(self.clip) - offset})
            if not connection.has_early_answer():
                self.waits.append(time.monotonic() - begin)
                return connection, offset
            status, _ = connection.answer()
            connection.socket.close()
            assert status == 409, status
            assert time.monotonic() - begin < 60, "the upload stayed busy for a minute"
            self.refused += 1
            time.sleep(0.1)
            offset = self.offset()

    def settled(self, offset, sent):
        """Where the upload is once nobody works on it any more."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            now = self.offset()
            if now == sent or self.is_free(now):
                return self.offset()
            time.sleep(0.05)
        raise TimeoutError("the upload stayed busy for a minute")

    def is_free(self, offset):
        """An empty addition is refused while somebody holds the upload, who is asked to let go."""
        status, _ = ask(self.replicas.port(self.other()), self.token, "PATCH", self.path,
                        {"Content-Type": "application/offset+octet-stream", "Upload-Offset": offset})
        assert status in (204, 409), status
        return status == 204

    def send(self, connection, start, end):
        for position in range(start, end, CHUNK):
            connection.send(self.clip[position:min(position + CHUNK, end)])

    def finish(self):
        for connection in self.silent:
            connection.cut(hard=False)
        connection, offset = self.open_request(self.offset())
        self.send(connection, offset, len(self.clip))
        status, fields = connection.answer()
        assert status == 204, (status, fields, connection.rest)
        assert int(fields["upload-offset"]) == len(self.clip), fields
        client = Client(self.replicas.port(self.other()))
        client.token = self.token
        for _ in range(2):
            accepted = client.call("POST", f"{self.path}/complete", expect=202)
            assert accepted["video_id"] == fields["x-video-id"] and accepted["task_id"] == fields["x-task-id"], accepted
        return fields["x-video-id"]


def large_clip(folder, byte_count, chance):
    """A short clip and, in a box that readers skip, random bytes."""
    path = pathlib.Path(folder) / "clip.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=2",
                    "-pix_fmt", "yuv420p", str(path)], check=True)
    clip = path.read_bytes()
    filling = chance.randbytes(byte_count - len(clip) - 8)
    clip += struct.pack(">I4s", 8 + len(filling), b"free") + filling
    path.write_bytes(clip)
    return path, clip


def stored_sha256(client, video):
    status, _, data = client.fetch(client.call("GET", f"/api/videos/{video}")["original_url"])
    assert status == 200, status
    return hashlib.sha256(data).hexdigest()


def with_tuspy(replicas, client, folder, chance):
    """A clip of a few MB, in requests with checksums, by a client that does not know of /complete."""
    home = tool_environment.environment(*TUSPY)
    path, clip = large_clip(folder, 3_000_000, chance)
    done = subprocess.run(
        [home / "bin" / "python", HERE / "tuspy_upload.py", f"http://127.0.0.1:{replicas.port(0)}{PATH}", client.token, path,
         str(700_000)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 0, done.stderr
    video = done.stdout.strip().rsplit("/", 1)[1]
    assert stored_sha256(client, video) == hashlib.sha256(clip).hexdigest(), "tuspy's clip differs"
    title = client.call("GET", f"/api/videos/{video}")["title"]
    assert title == "Con tuspy", title


def with_signed_urls(client, folder, chance):
    """A clip whose parts go straight to the store, which takes no other bytes than the announced ones."""
    path, clip = large_clip(folder, 9_000_000, chance)
    parts = [clip[start:start + PART_BYTES] for start in range(0, len(clip), PART_BYTES)]
    checksums = [base64.b64encode(hashlib.sha256(part).digest()).decode() for part in parts]
    upload = client.call("POST", PATH, {
        "title": "Directo", "byte_count": len(clip), "content_type": "video/mp4", "part_sha256": checksums}, expect=201)
    assert [part["byte_count"] for part in upload["parts"]] == [len(part) for part in parts], upload
    for part, data in zip(upload["parts"], parts):
        for wrong in (data[:-1], data[:-1] + bytes([data[-1] ^ 1])):
            assert put(part, wrong) in (400, 403), "the store took other bytes"
        assert client.send("POST", f"{PATH}/{upload['upload_id']}/complete")[0] == 400, "completed without its parts"
        assert put(part, data) == 200
    for _ in range(2):
        video = client.call("POST", f"{PATH}/{upload['upload_id']}/complete", expect=202)["video_id"]
    assert stored_sha256(client, video) == hashlib.sha256(clip).hexdigest(), "the direct clip differs"


def put(part, data):
    url = urllib.parse.urlsplit(part["url"])
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    connection.request("PUT", f"{url.path}?{url.query}", data, {"x-amz-checksum-sha256": part["sha256"]})
    status = connection.getresponse().status
    connection.close()
    return status


def judge(run, store, digest, clip, videos):
    """Lines of what is wrong."""
    wrong = []
    if digest != hashlib.sha256(clip).hexdigest():
        wrong.append("the stored original differs from what was sent")
    if max(run.twice, default=0) > PART_BYTES:
        wrong.append(f"a cut cost {max(run.twice)} bytes, more than one part of {PART_BYTES}")
    if min(run.twice + run.twice_after_kills, default=0) < 0:
        wrong.append("the server has bytes that were not sent")
    keys = store.keys()
    if parts := [key for key in keys if key.startswith("uploads/")]:
        wrong.append(f"parts are left: {parts}")
    if len([key for key in keys if key.startswith("originals/")]) != videos:
        wrong.append(f"{videos} videos, and these objects: {keys}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--store", choices=["filesystem", "s3"], default="filesystem")
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if options.store == "s3" and pathlib.Path(sys.prefix) != aws.HOME:
        tool_environment.environment("aws-server", aws.VERSION, "ministack")
        os.execv(aws.PYTHON, [str(aws.PYTHON), *sys.argv])
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    chance = random.Random(seed)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="anb-uploads-") as folder:
        os.chmod(folder, 0o755)  # the database runs as somebody else
        postgres = Postgres(pathlib.Path(folder) / "postgres")
        store = {"filesystem": Files, "s3": S3}[options.store](folder)
        replicas = None
        try:
            replicas = Replicas(options.binaries, folder, {
                **store.settings, "DATABASE_URL": postgres.url, "JWT_SECRET": "s" * 32, "LOG_LEVEL": "info"})
            client = Client(replicas.port(0))
            client.sign_up("Ana", "Torres", "Bogotá")
            _, clip = large_clip(folder, options.megabytes * 1_000_000, chance)
            run = Run(replicas, client.token, clip, chance, options.cuts, options.kills)
            video = run.perform()
            client.port = replicas.port(0)
            digest = stored_sha256(client, video)
            with_tuspy(replicas, client, folder, chance)
            if options.store == "s3":
                with_signed_urls(client, folder, chance)
            wrong = judge(run, store, digest, clip, videos=3 if options.store == "s3" else 2)
        finally:
            if replicas:
                replicas.end()
            store.close()
            postgres.stop("immediate")
    rows = [
        ("cuts", len(run.twice)), ("of them silent", len(run.silent)), ("replicas killed", len(run.twice_after_kills)),
        ("bytes sent twice, worst cut", max(run.twice, default=0)), ("bytes sent twice, all cuts", sum(run.twice)),
        ("bytes sent twice, worst kill", max(run.twice_after_kills, default=0)),
        ("answers «somebody is adding»", run.refused), ("longest wait for the lease, s", f"{max(run.waits):.1f}"),
        ("same SHA-256", digest == hashlib.sha256(clip).hexdigest()), ("tuspy", "uploaded"),
        ("seconds", f"{time.monotonic() - begin:.0f}"),
    ]
    print(f"### {options.store}, {options.megabytes} MB, seed {seed}")
    print("\n".join(f"| {name} | {value} |" for name, value in rows), flush=True)
    for line in wrong:
        print(f"WRONG  {line}", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
