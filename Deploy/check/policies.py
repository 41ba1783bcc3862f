"""The product under the policies of a plan, on a server that enforces them: everything works, and nothing else is allowed."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from botocore.exceptions import ClientError
from botocore.session import Session

import gateway
import report
from plans import as_list
from report import require

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Scripts"), str(ROOT / "Scripts/test-servers")]

import aws  # noqa: E402
from anb_client import Client  # noqa: E402


BATCHES = {"sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}


class Account:
    """The local server with one user for each program, who may what the plan's role may."""

    def __init__(self, folder, plan):
        self.plan = plan
        port = aws.free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.server = aws.start(port, folder)
        aws.wait_until_ready(self.server, self.endpoint, folder)
        self.keys = {"admin": aws.make_user(self.endpoint)}
        iam = self.client("iam", {"AccessKeyId": "test", "SecretAccessKey": "test"})
        for program in ("api", "worker"):
            policy = as_enforced(plan.one(f'aws_iam_role_policy.program["{program}"]')["policy"])
            iam.create_user(UserName=program)
            iam.put_user_policy(UserName=program, PolicyName="work", PolicyDocument=policy)
            self.keys[program] = iam.create_access_key(UserName=program)["AccessKey"]

    def client(self, service, key):
        key = self.keys[key] if isinstance(key, str) else key
        return Session().create_client(
            service, region_name=aws.REGION, endpoint_url=self.endpoint, aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"])

    def variables(self, program):
        key = self.keys[program]
        return {"S3_ENDPOINT_URL": self.endpoint, "SQS_ENDPOINT_URL": self.endpoint, "S3_FORCE_PATH_STYLE": "true",
                "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def close(self):
        self.server.kill()
        self.server.wait()


def as_enforced(policy):
    """AWS asks for `sqs:SendMessage` when a batch is sent; this server asks for an action that AWS does not know."""
    document = json.loads(policy)
    for statement in document["Statement"]:
        actions = as_list(statement["Action"])
        statement["Action"] = actions + [f"{action}Batch" for action in actions if action in BATCHES]
    return json.dumps(document)


def settings(plan, service):
    """What the plan gives the container, but for the Redis server, which is not what this is about."""
    found = {entry["name"]: entry["value"] for entry in plan.container(service)["environment"]}
    return {name: value for name, value in found.items() if name not in ("CACHE_BACKEND", "RATE_LIMIT_BACKEND", "HOST", "PUBLIC_BASE_URL")}


@contextlib.contextmanager
def program(binaries, name, arguments, environment, folder):
    path = pathlib.Path(folder) / name
    path.mkdir()
    with open(path / "log", "wb") as log:
        process = subprocess.Popen(
            [pathlib.Path(binaries) / name, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], **environment, "ANB_DATA_DIR": str(path)})
    try:
        yield process
    except BaseException as error:
        process.kill()
        process.wait()
        raise report.Failure(f"{error}; {name} said: {(path / 'log').read_text()[-1500:]}") from error
    process.terminate()
    code = process.wait(timeout=120)
    require(code == 0, f"{name} ended with {code}: {(path / 'log').read_text()[-1500:]}")


def product(binaries, plan):
    """A whole contest; then what neither role may."""
    with tempfile.TemporaryDirectory(prefix="anb-policies-") as folder:
        account = Account(folder, plan)
        try:
            bucket = plan.variables["buckets"]["originals"]
            account.client("s3", "admin").create_bucket(Bucket=bucket)
            account.client("s3", "admin").create_bucket(Bucket="somebody-elses")
            shared = {"DATABASE_URL": f"sqlite:///{folder}/anb.sqlite", "JWT_SECRET": "deploy-check-" * 4, "LOG_LEVEL": "info"}
            report.run([pathlib.Path(binaries) / "anb-worker", "setup-queues"], env={
                **os.environ, **settings(plan, "worker"), **shared, **account.variables("admin"), "ANB_DATA_DIR": folder})
            port = aws.free_port()
            api = {**settings(plan, "api"), **shared, **account.variables("api"), "HOST": "127.0.0.1", "PORT": str(port)}
            worker = {**settings(plan, "worker"), **shared, **account.variables("worker"), "SWEEP_INTERVAL_SECONDS": "5", "ORPHAN_GRACE_SECONDS": "1"}
            with program(binaries, "anb-api", ["serve", "--worker", "none"], api, folder) as process:
                gateway.await_port("127.0.0.1", port, process)
                with program(binaries, "anb-worker", ["run"], worker, folder):
                    contest(account, Client(port), folder, bucket)
            logs = {name: (pathlib.Path(folder) / name / "log").read_text() for name in ("anb-api", "anb-worker")}
            for name, log in logs.items():
                refused = [line for line in log.splitlines() if "AccessDenied" in line or "HTTP 403" in line or "not authorized" in line]
                require(not refused, f"{name} was refused: {refused[:3]}")
            return f"upload, resumable upload, publication, deletion, sweep, dead letter; {outside(account, bucket)} other actions refused"
        finally:
            account.close()


def contest(account, client, folder, bucket):
    client.sign_up("Ana", "Torres", "Bogotá")
    path = gateway.clip(folder, byte_count=12 << 20)
    video = client.await_processed(client.upload(path, "In one form"), seconds=90)
    client.download(video["renditions"]["720p"], pathlib.Path(folder) / "720p.mp4")
    require((pathlib.Path(folder) / "720p.mp4").stat().st_size > 10_000, "nothing was published")
    # In parts: each is an object of its own below uploads/, put together and removed.
    accepted = in_parts(client, path)
    client.await_processed(accepted, seconds=90)
    # Deleted before anybody works on it, or refused because somebody did.
    gone = client.upload(path, "To be deleted")
    status, _, data = client.send("DELETE", f"/api/videos/{gone['video_id']}")
    require(status in (200, 400), f"deletion: {status} {data}")
    queue = account.client("sqs", "admin")
    name = account.plan.one("aws_sqs_queue.jobs[0]")["name"]
    url = queue.get_queue_url(QueueName=name)["QueueUrl"]
    queue.send_message(QueueUrl=url, MessageBody="none of ours", MessageGroupId="x", MessageDeduplicationId="x")
    dead = queue.get_queue_url(QueueName=account.plan.one("aws_sqs_queue.dead[0]")["name"])["QueueUrl"]
    objects = account.client("s3", "admin")
    # Something that no row refers to, which the sweep has to find and remove.
    stray = "originals/00000000-0000-7000-8000-000000000000/stray"
    objects.put_object(Bucket=bucket, Key=stray, Body=b"stray")
    await_true("the foreign message is put aside", lambda: queue.get_queue_attributes(
        QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]["ApproximateNumberOfMessages"] == "1")
    await_true("parts and strays are removed", lambda: not any(
        entry["Key"] == stray or entry["Key"].startswith("uploads/") for entry in objects.list_objects_v2(Bucket=bucket).get("Contents", [])))
    if status == 200:
        await_true("the deleted video's objects go", lambda: not any(
            gone["video_id"] in entry["Key"] for entry in objects.list_objects_v2(Bucket=bucket).get("Contents", [])))


def in_parts(client, path):
    data = path.read_bytes()
    version = {"Tus-Resumable": "1.0.0"}
    import base64
    title = base64.b64encode(b"In parts").decode()
    status, headers, body = client.send("POST", "/api/videos/uploads", headers={
        **version, "Upload-Length": str(len(data)), "Upload-Metadata": f"title {title},filename {base64.b64encode(b'clip.mp4').decode()}"})
    require(status == 201, f"tus: creation answered {status} {body[:300]}")
    place = headers["Location"]
    place = place[place.index("/api/"):]
    half = 9 << 20
    for start, end in ((0, half), (half, len(data))):
        status, headers, body = client.send("PATCH", place, data[start:end], headers={
            **version, "Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"})
        require(status in (200, 202, 204), f"tus: PATCH answered {status} {body[:300]}")
    status, headers, body = client.send("POST", f"{place}/complete")
    require(status == 202, f"completion answered {status} {body[:300]}")
    return json.loads(body)


def await_true(what, condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        time.sleep(0.2)


def outside(account, bucket):
    """How many actions outside of the policies were refused; all must be."""
    jobs = account.client("sqs", "admin").get_queue_url(QueueName=account.plan.one("aws_sqs_queue.jobs[0]")["name"])["QueueUrl"]
    tried = 0
    for user, forbidden in (
        ("api", [
            ("s3", "put_object", {"Bucket": bucket, "Key": "processed/x", "Body": b"x"}),
            ("sqs", "receive_message", {"QueueUrl": jobs}),
            ("sqs", "delete_message", {"QueueUrl": jobs, "ReceiptHandle": "x"}),
        ]),
        ("worker", [("s3", "put_object", {"Bucket": bucket, "Key": "uploads/x", "Body": b"x"})]),
    ):
        both = [
            ("s3", "get_object", {"Bucket": bucket, "Key": "elsewhere/x"}), ("s3", "put_object", {"Bucket": bucket, "Key": "x", "Body": b"x"}),
            ("s3", "put_object", {"Bucket": "somebody-elses", "Key": "originals/x", "Body": b"x"}),
            ("s3", "list_objects_v2", {"Bucket": "somebody-elses"}), ("s3", "delete_bucket", {"Bucket": bucket}),
            ("s3", "put_bucket_versioning", {"Bucket": bucket, "VersioningConfiguration": {"Status": "Suspended"}}),
            ("sqs", "purge_queue", {"QueueUrl": jobs}), ("sqs", "delete_queue", {"QueueUrl": jobs}),
            ("sqs", "set_queue_attributes", {"QueueUrl": jobs, "Attributes": {"VisibilityTimeout": "0"}}),
            ("sqs", "create_queue", {"QueueName": "another"}), ("iam", "list_users", {}),
            ("iam", "create_access_key", {"UserName": "anb"}),
        ]
        for service, action, arguments in forbidden + both:
            tried += 1
            try:
                getattr(account.client(service, user), action)(**arguments)
            except ClientError as error:
                require("AccessDenied" in error.response["Error"]["Code"] or "not authorized" in str(error), f"{user} {action}: {error}")
            else:
                raise report.Failure(f"{user} may {action} {arguments.get('Key') or arguments}")
    return tried
