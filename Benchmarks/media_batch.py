#!/usr/bin/env python3
"""Eight clips through a real worker with S3, SQS and PostgreSQL behind it: one after the other, and all queued at once.

usage: Scripts/test-servers/mix.py sqs BINARIES media_batch.py BINARIES CLIP RESULT.json ROUNDS

"One after the other" is the time from each claim to its commit, added up: nothing overlaps, and no wait for an upload counts.
"Queued" is from the first claim to the last commit. The worker reaches S3 at once, or over a link of so many bits a second in
each direction. The ways take turns.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Scripts"))
from anb_client import Client, Server, Worker  # noqa: E402

JOBS = 8
LINK_BITS, LINK_CHUNK_BYTES = 200e6, 64 << 10
ALONE, QUEUED = "one after the other", "queued"


class Link:
    """A relay to S3 through which only so many bits go in a second, in each direction."""

    def __init__(self, endpoint):
        self.target = urllib.parse.urlsplit(endpoint)
        self.free_at = {"down": 0.0, "up": 0.0}
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.relay, "127.0.0.1", 0, limit=LINK_CHUNK_BYTES))
        self.endpoint = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def relay(self, reader, writer):
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(self.target.hostname, self.target.port)
            await asyncio.gather(self.copy(reader, far_writer, "up"), self.copy(far_reader, writer, "down"))

    async def copy(self, reader, writer, direction):
        with contextlib.suppress(OSError):
            while chunk := await reader.read(LINK_CHUNK_BYTES):
                # All connections share the link.
                self.free_at[direction] = max(self.free_at[direction], time.monotonic()) + len(chunk) * 8 / LINK_BITS
                await asyncio.sleep(self.free_at[direction] - time.monotonic())
                writer.write(chunk)
                await writer.drain()
        writer.close()


def ask(sql):
    return subprocess.run(["psql", os.environ["DATABASE_URL"], "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def run(way, binaries, clip, people, **settings):
    queued = way == QUEUED
    with tempfile.TemporaryDirectory() as folder:
        folder, accepted = pathlib.Path(folder), []
        if queued:
            accepted = [person.upload(clip, way) for person in people]
        worker = Worker(binaries, folder, LOG_LEVEL="warning", WORKER_CONCURRENCY="1", **settings)
        try:
            for number, person in enumerate(people):
                if not queued:
                    accepted.append(person.upload(clip, way))
                person.await_processed(accepted[number])
        finally:
            cpu = worker.stop()
    ids = ", ".join(f"'{one['video_id']}'" for one in accepted)
    jobs = f"FROM jobs WHERE video_id IN ({ids}) AND state = 'done'"
    if int(ask(f"SELECT count(*) {jobs}")) != len(people):
        raise SystemExit("not every job is done")
    wall = "max(finished_at) - min(started_at)" if queued else "sum(finished_at - started_at)"
    return {"wall": float(ask(f"SELECT ({wall}) / 1000.0 {jobs}")), "cpu": cpu}


def main(binaries, clip, result, rounds):
    slow = {"S3_ENDPOINT_URL": Link(os.environ["S3_ENDPOINT_URL"]).endpoint}
    found = {network: {way: [] for way in (ALONE, QUEUED)} for network in ("direct", f"{LINK_BITS / 1e6:.0f} Mbit/s")}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binaries, folder, ["--worker", "none"], LOG_LEVEL="warning")
        try:
            people = [Client(server.port) for _ in range(JOBS)]
            for number, person in enumerate(people):
                person.sign_up("Ana", f"Torres{number}", "Cali")
            for _ in range(int(rounds)):
                for network, ways in found.items():
                    for way, runs in ways.items():
                        runs.append(run(way, binaries, clip, people, **({} if network == "direct" else slow)))
                        print(network, way, runs[-1], flush=True)
        finally:
            server.stop()
    pathlib.Path(result).write_text(json.dumps(found))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
