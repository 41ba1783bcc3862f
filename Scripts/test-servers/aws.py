#!/usr/bin/env python3
"""Runs a local S3, SQS, IAM and STS server for tests.

usage: aws.py [COMMAND [ARGUMENT…]]

With a command it runs for as long as that takes, and the command finds S3_ENDPOINT_URL, SQS_ENDPOINT_URL, AWS_REGION,
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in its environment. Without one it runs until standard input ends, and prints
one line of JSON when it is ready: endpoint, region, and the key of an IAM user whose signatures the server
really checks (its root keys are not checked). The server lives in a virtual environment of its own in the user's
cache folder, made on first use. It listens on the loopback interface only.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tool_environment  # noqa: E402

VERSION = "1.5.33"
REGION = "us-east-1"
START_SECONDS_MAX = 60
HOME = tool_environment.CACHE / f"aws-server-{VERSION}"
PYTHON = HOME / "bin" / "python"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port, folder, services="s3,sqs,iam,sts", checks_signatures=True):
    environment = {
        "PATH": os.environ.get("PATH", ""), "HOME": folder, "TMPDIR": folder, "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port), "AUTH": str(checks_signatures).lower(), "SERVICES": services, "LOG_LEVEL": "WARNING",
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


def variables(ready):
    return {
        "S3_ENDPOINT_URL": ready["endpoint"], "SQS_ENDPOINT_URL": ready["endpoint"], "S3_FORCE_PATH_STYLE": "true",
        "AWS_REGION": ready["region"], "AWS_ACCESS_KEY_ID": ready["accessKeyID"],
        "AWS_SECRET_ACCESS_KEY": ready["secretAccessKey"],
    }


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
            if len(sys.argv) > 1:
                return subprocess.run(sys.argv[1:], env={**os.environ, **variables(ready)}).returncode
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
        tool_environment.environment("aws-server", VERSION, "ministack")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    sys.exit(serve())
