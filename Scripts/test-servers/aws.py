#!/usr/bin/env python3
"""Runs a local S3, SQS, IAM and STS server for tests until standard input ends.

Prints one line of JSON when it is ready: endpoint, region, and the key of an IAM user whose signatures the server
really checks (its root keys are not checked). The server lives in a virtual environment of its own in the user's
cache folder, made on first use. It listens on the loopback interface only.
"""
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import venv

VERSION = "1.5.33"
REGION = "us-east-1"
START_SECONDS_MAX = 60
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "anb"
HOME = CACHE / f"aws-server-{VERSION}"
PYTHON = HOME / "bin" / "python"


def install():
    """Makes the environment once, however many test runs ask at the same time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"aws-server-{VERSION}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = HOME / "installed"
        if done.exists():
            return
        shutil.rmtree(HOME, ignore_errors=True)
        venv.create(HOME, with_pip=True)
        subprocess.run(
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"ministack=={VERSION}"],
            check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        done.touch()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port, folder):
    environment = {
        "PATH": os.environ.get("PATH", ""), "HOME": folder, "TMPDIR": folder, "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port), "AUTH": "true", "SERVICES": "s3,sqs,iam,sts", "LOG_LEVEL": "WARNING",
    }
    return subprocess.Popen(
        [HOME / "bin" / "ministack"], env=environment, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=open(os.path.join(folder, "server.log"), "wb"), stderr=subprocess.STDOUT)


def wait_until_ready(server, endpoint, folder):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2).read()
            return
        except OSError:
            time.sleep(0.05)
    sys.stderr.write(pathlib.Path(folder, "server.log").read_text(errors="replace")[-4000:])
    raise SystemExit("the local AWS server did not start")


def make_user(endpoint):
    from botocore.session import Session

    iam = Session().create_client(
        "iam", region_name=REGION, endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test")
    iam.create_user(UserName="anb")
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="anb", PolicyName="all", PolicyDocument=json.dumps(allow))
    return iam.create_access_key(UserName="anb")["AccessKey"]


def serve():
    with tempfile.TemporaryDirectory(prefix="anb-aws-") as folder:
        port = free_port()
        server = start(port, folder)
        signal.signal(signal.SIGTERM, lambda *_: server.kill())
        try:
            endpoint = f"http://127.0.0.1:{port}"
            wait_until_ready(server, endpoint, folder)
            key = make_user(endpoint)
            ready = {
                "endpoint": endpoint, "region": REGION, "accessKeyID": key["AccessKeyId"],
                "secretAccessKey": key["SecretAccessKey"],
            }
            print(json.dumps(ready), flush=True)
            # Ends with whoever started us, however that one ends.
            watcher = threading.Thread(target=lambda: (sys.stdin.read(), server.kill()), daemon=True)
            watcher.start()
            server.wait()
        finally:
            # It holds nothing worth a graceful end, which it takes its time for.
            server.kill()
            server.wait()


if __name__ == "__main__":
    # Whoever started us may have blocked signals in the thread that did.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if pathlib.Path(sys.prefix) != HOME:
        install()
        os.execv(PYTHON, [str(PYTHON), __file__])
    serve()
