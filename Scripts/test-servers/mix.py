#!/usr/bin/env python3
"""Runs a command with PostgreSQL and a mix of servers behind it, all local and real, and the settings for them.

usage: mix.py redis|sqs|sqs-standard BINARIES COMMAND [ARGUMENT…]

The command finds DATABASE_URL and the settings of the queue and the store in its environment. `redis` is Redis with the
file system, `sqs` a FIFO queue with S3, made by the `anb-worker setup-queues` of BINARIES. Nothing is left behind.
"""
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "chaos"))
import backends  # noqa: E402
from backends import aws  # noqa: E402

NAME = "anb_demo"


def main(mix, binaries, *command):
    with tempfile.TemporaryDirectory(prefix="anb-mix-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as somebody else
        postgres = backends.Postgres(pathlib.Path(folder) / "postgres")
        others = backends.open_mix(mix, folder)
        try:
            postgres.execute("postgres", f"CREATE DATABASE {NAME}")
            others.prepare(NAME, binaries)
            settings = {"DATABASE_URL": postgres.url_of(NAME), "JWT_SECRET": secrets.token_hex(32), **others.settings(NAME, others.port)}
            for name, value in sorted(settings.items()):
                if name not in ("AWS_SECRET_ACCESS_KEY", "JWT_SECRET"):
                    print(f"{name}={value}", flush=True)
            return subprocess.run(command, env={**os.environ, **settings}).returncode
        finally:
            others.close()
            postgres.stop("immediate")


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("redis", "sqs", "sqs-standard"):
        sys.exit(__doc__)
    if sys.argv[1] != "redis" and pathlib.Path(sys.prefix) != aws.HOME:
        aws.tool_environment.environment("aws-server", aws.VERSION, "ministack")
        os.execv(aws.PYTHON, [str(aws.PYTHON), *sys.argv])
    sys.exit(main(*sys.argv[1:]))
