"""The real servers of a chaos run: PostgreSQL, and Redis with the file system or a local SQS and S3 server."""

import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.parse
import uuid

SERVERS = pathlib.Path(__file__).resolve().parent.parent / "test-servers"
sys.path.insert(0, str(SERVERS))
import aws  # noqa: E402

START_SECONDS_MAX = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, seconds=60, env=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds, env=env)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


class Postgres:
    """Synced to the disk, as in production, so that a restart in the middle of everything means something."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.url = run(SERVERS / "postgres.sh", "start", folder, "--durable", "--owner", os.getpid()).strip()
        self.port = urllib.parse.urlsplit(self.url).port

    def stop(self, mode):
        run(SERVERS / "postgres.sh", "stop", self.folder, mode)

    def start(self):
        run(SERVERS / "postgres.sh", "start", self.folder, "--port", self.port, "--durable", seconds=90)

    def url_of(self, database, program=None):
        return self.url.rsplit("/", 1)[0] + f"/{database}" + (f"?application_name={program}" if program else "")

    def execute(self, database, sql, program="chaos"):
        """By psql, so that nothing of the platform stands between the checker and the rows."""
        return run("psql", self.url_of(database), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql,
                   env={**os.environ, "PGAPPNAME": program, "PGCONNECT_TIMEOUT": "5"})

    def rows(self, database, sql):
        return json.loads(self.execute(database, f"SELECT coalesce(json_agg(t), '[]') FROM ({sql}) t"))


class RedisAndFiles:
    """The queue on Redis, objects in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.server = subprocess.Popen(
            [SERVERS / "redis.sh", self.folder, "--port", str(self.port)], stdin=subprocess.PIPE,
            stdout=open(self.folder / "redis.log", "wb"), stderr=subprocess.STDOUT)
        wait_for(lambda: self.call("PING") == "+PONG", "Redis to answer", START_SECONDS_MAX)

    def close(self):
        self.server.stdin.close()
        self.server.wait(timeout=10)

    def prepare(self, name, binaries):
        (self.folder / name).mkdir()

    def settings(self, name, queue_port):
        return {
            "QUEUE_BACKEND": "redis", "REDIS_URL": f"redis://127.0.0.1:{queue_port}/0", "REDIS_PREFIX": f"{name}:",
            "STORAGE_BACKEND": "filesystem", "STORAGE_PATH": str(self.folder / name),
        }

    def call(self, *words):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            parts = [word.encode() for word in words]
            connection.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
            return connection.makefile("rb").readline().decode().strip()

    def deliver_copy(self, name, message):
        """An entry of its own: the queue's dropping of repeats does not see it."""
        body = json.dumps(message)
        answer = self.call("XADD", f"{name}:{{jobs}}:stream", "*", "job", message["job_id"], "body", body)
        if not answer.startswith("$"):
            raise RuntimeError(f"Redis took no copy: {answer}")
        self.call("XADD", f"{name}:{{jobs}}:bell", "MAXLEN", "1", "*", "rung", "1")

    # The store, read without the platform.

    def _path(self, name, key):
        *folders, file = key.split("/")
        return self.folder.joinpath(name, *[f"{part}+" for part in folders], file)

    def objects(self, name):
        """Every object by key, with the SHA-256 of the originals."""
        root, found = self.folder / name, {}
        for path in root.rglob("*"):
            parts = path.relative_to(root).parts
            if path.is_file() and not parts[0].startswith(".~"):
                key = "/".join(part.removesuffix("+") for part in parts)
                found[key] = hashlib.sha256(path.read_bytes()).hexdigest() if parts[0] == "originals+" else None
        return found

    def unfinished(self, name):
        """Drafts of writes that ended with their process."""
        drafts = (self.folder / name / ".~writing").rglob("*")
        return [str(path) for path in drafts if path.is_file() and "lock" not in path.name]

    def put(self, name, key, data):
        path = self._path(name, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def delete(self, name, key):
        self._path(name, key).unlink()


class SQSAndS3:
    """The queue on SQS, objects in S3, both on one local server that checks signatures."""

    def __init__(self, folder, fifo=True):
        from botocore.session import Session  # only in the server's own environment

        self.fifo = fifo
        self.server = subprocess.Popen(
            [sys.executable, SERVERS / "aws.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.server.stdout.readline()
        if not line:
            raise RuntimeError("the local AWS server did not start; see its message above")
        self.ready = json.loads(line)
        self.port = urllib.parse.urlsplit(self.ready["endpoint"]).port
        options = {"region_name": self.ready["region"], "endpoint_url": self.ready["endpoint"],
                   "aws_access_key_id": self.ready["accessKeyID"], "aws_secret_access_key": self.ready["secretAccessKey"]}
        self.s3, self.sqs = (Session().create_client(service, **options) for service in ("s3", "sqs"))
        self.queue_urls = {}

    def close(self):
        self.server.stdin.close()
        self.server.wait(timeout=10)

    def prepare(self, name, binaries):
        self.s3.create_bucket(Bucket=self._bucket(name))
        run(pathlib.Path(binaries) / "anb-worker", "setup-queues", env={**os.environ, **self.settings(name, self.port)})
        self.queue_urls[name] = self.sqs.get_queue_url(QueueName=self._queue(name))["QueueUrl"]

    def settings(self, name, queue_port):
        return {
            **aws.variables(self.ready), "STORAGE_BACKEND": "s3", "S3_BUCKET": self._bucket(name), "QUEUE_BACKEND": "sqs",
            "SQS_QUEUE_NAME": self._queue(name), "SQS_ENDPOINT_URL": f"http://127.0.0.1:{queue_port}",
        }

    def _bucket(self, name):
        return name.replace("_", "-")

    def _queue(self, name):
        return name + (".fifo" if self.fifo else "")

    def deliver_copy(self, name, message):
        options = {}
        if self.fifo:
            options = {"MessageGroupId": f"user_{message['user_id']}", "MessageDeduplicationId": uuid.uuid4().hex}
        self.sqs.send_message(QueueUrl=self.queue_urls[name], MessageBody=json.dumps(message), **options)

    def objects(self, name):
        found = {}
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket(name)):
            for entry in page.get("Contents", []):
                found[entry["Key"]] = self._sha256(name, entry["Key"])
        return found

    def _sha256(self, name, key):
        if not key.startswith("originals/"):
            return None
        return hashlib.sha256(self.s3.get_object(Bucket=self._bucket(name), Key=key)["Body"].read()).hexdigest()

    def unfinished(self, name):
        """Multipart uploads that were neither completed nor aborted."""
        answer = self.s3.list_multipart_uploads(Bucket=self._bucket(name))
        return [upload["Key"] for upload in answer.get("Uploads", [])]

    def put(self, name, key, data):
        self.s3.put_object(Bucket=self._bucket(name), Key=key, Body=data)

    def delete(self, name, key):
        self.s3.delete_object(Bucket=self._bucket(name), Key=key)


def open_mix(mix, folder):
    if mix == "redis":
        return RedisAndFiles(folder)
    return SQSAndS3(folder, fifo=mix == "sqs")


def wait_for(condition, what, seconds, every=0.05):
    """Every wait of a run ends, and says what it waited for."""
    deadline = time.monotonic() + seconds
    error = None
    while time.monotonic() < deadline:
        try:
            if value := condition():
                return value
            error = None
        except Exception as failure:  # whatever breaks may be what the run broke; the limit decides
            error = failure
        time.sleep(every)
    raise TimeoutError(f"waited {seconds} s for {what}" + (f"; last: {error}" if error else ""))
