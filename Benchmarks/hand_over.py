#!/usr/bin/env python3
"""Figures of the queue on this machine: hand-over from send to the worker's first line, jobs/s through ledger and queue,
each beside Celery 5.4 + Redis with a task that does nothing, in turns, on servers of their own."""

import argparse
import contextlib
import itertools
import json
import os
import pathlib
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "anb"
HAND_OVERS, HAND_OVERS_PER_SECOND = 250, 50
JOBS_PER_TRANSACTION = 50
CELERY_APP = str(ROOT / "Benchmarks" / "hand_over_celery.py")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def redis(folder):
    """A Redis server without persistence, as the peer's figure had it."""
    port = free_port()
    server = subprocess.Popen([ROOT / "Scripts/test-servers/redis.sh", folder, "--port", str(port)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in server.stdout:
        if "Ready to accept connections" in line:
            break
    else:
        sys.exit("redis-server does not start")
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.stdin.close()
        server.wait(10)


@contextlib.contextmanager
def postgres(folder):
    """A PostgreSQL server that syncs every commit to the disk."""
    script = str(ROOT / "Scripts/test-servers/postgres.sh")
    started = subprocess.run([script, "start", folder, "--durable", "--owner", str(os.getpid())],
                             stdout=subprocess.PIPE, text=True, check=True)
    try:
        yield started.stdout.strip()
    finally:
        subprocess.run([script, "stop", folder, "fast"], check=False, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def sqs():
    """The SQS server of the tests; gives the variables that tell of it."""
    server = subprocess.Popen([ROOT / "Scripts/test-servers/aws.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(server.stdout.readline() or sys.exit("the SQS server does not start"))
        yield {"SQS_ENDPOINT_URL": ready["endpoint"], "AWS_REGION": ready["region"],
               "AWS_ACCESS_KEY_ID": ready["accessKeyID"], "AWS_SECRET_ACCESS_KEY": ready["secretAccessKey"]}
    finally:
        server.stdin.close()
        server.wait(10)


def celery_python():
    """The interpreter of an environment with Celery, made once."""
    home = CACHE / "celery-5.4.0-kombu-5.4.2"
    python, done = home / "bin" / "python", home / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "celery==5.4.0", "kombu==5.4.2", "redis==5.2.1"], check=True)
        done.touch()
    return str(python)


def milliseconds(values):
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50": statistics.median(ordered) / 1000, "p99": p99 / 1000, "max": ordered[-1] / 1000}


# --- ours

class Ours:
    """A worker and a sender of ours. `names` keeps the runs of several apart that share a queue server."""

    names = itertools.count()

    def __init__(self, tool, database, queue, variables=None):
        self.tool, self.database, self.queue = tool, database, queue
        self.environment = dict(os.environ, **(variables or {}))

    def next(self):
        self.options = ["--database", self.database, "--queue", self.queue, "--name", f"bench{next(self.names)}"]

    def worker(self, count, slots):
        process = subprocess.Popen([self.tool, "work", *self.options, "--count", str(count), "--slots", str(slots)],
                                   env=self.environment, stdout=subprocess.PIPE, text=True)
        if process.stdout.readline().strip() != "ready":
            sys.exit("our worker does not start")
        return process

    def send(self, count, rate=0, batch=1):
        command = [self.tool, "send", *self.options, "--count", str(count), "--rate", str(rate), "--batch", str(batch)]
        lines = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")
        return {job: int(at) for job, at in (line.split() for line in lines if line)}

    def hand_over(self, count, rate):
        self.next()
        worker = self.worker(count, slots=1)
        sent = self.send(count, rate)
        started, _ = read_worker(worker)
        return [started[job] - sent[job] for job in sent]

    def drain(self, count, slots):
        """Jobs a second of a worker that finds a full queue: from its first job's start to its last job's commit."""
        self.next()
        self.send(count, batch=10)
        started, end = read_worker(self.worker(count, slots))
        return count / ((end - min(started.values())) / 1e6)


def read_worker(process):
    started, end = {}, 0
    for line in process.communicate(timeout=300)[0].split("\n"):
        name, _, at = line.partition(" ")
        if name == "end":
            end = int(at)
        elif at:
            started[name] = int(at)
    return started, end


def memory(tool, count, rate, slots):
    command = [tool, "memory", "--count", str(count), "--rate", str(rate), "--slots", str(slots)]
    sent, started, end = {}, {}, 0
    for line in subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n"):
        words = line.split()
        if words[:1] == ["sent"]:
            sent[words[1]] = int(words[2])
        elif words[:1] == ["started"]:
            started[words[1]] = int(words[2])
        elif words[:1] == ["end"]:
            end = int(words[1])
    return [started[job] - sent[job] for job in sent], count / ((end - min(started.values())) / 1e6)


# --- the peer

class Celery:
    def __init__(self, url, folder):
        self.python, self.folder = celery_python(), folder
        self.environment = dict(os.environ, CELERY_BROKER=url, PYTHONPATH=str(ROOT / "Benchmarks"))

    def start(self, concurrency):
        log = open(pathlib.Path(self.folder) / "celery.log", "w+")
        worker = subprocess.Popen(
            [self.python, "-m", "celery", "-A", "hand_over_celery", "worker", "--concurrency", str(concurrency), "--loglevel",
             "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"],
            env=self.environment, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        deadline = time.monotonic() + 60
        while "ready." not in pathlib.Path(log.name).read_text():
            if time.monotonic() > deadline or worker.poll() is not None:
                sys.exit(f"Celery does not start: {pathlib.Path(log.name).read_text()}")
            time.sleep(0.01)
        return worker

    def stop(self, worker):
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)

    def call(self, *arguments):
        return subprocess.run([self.python, CELERY_APP, *map(str, arguments)], env=self.environment, check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def hand_over(self, count, rate):
        worker = self.start(1)
        values = [int(value) for value in self.call("latency", count, rate).split()]
        self.stop(worker)
        return values

    def drain(self, count, concurrency):
        self.call("fill", count)
        worker = self.start(concurrency)
        rate = float(self.call("drained", count))
        self.stop(worker)
        return rate


def flushes(folder, count=200):
    """µs of a small write and its flush: what every commit waits for."""
    values = []
    with open(pathlib.Path(folder) / "flushed", "wb+") as file:
        file.write(bytes(count * 8192))
        os.fsync(file.fileno())
        for number in range(count):
            time.sleep(1 / HAND_OVERS_PER_SECOND / 2)
            os.pwrite(file.fileno(), b"x" * 8192, number * 8192)
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            values.append((time.perf_counter() - start) * 1e6)
    return values


# --- the table

def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} × {model}, {platform.system()} {platform.release()}"


def show(name, values):
    figures = milliseconds(values)
    print(f"{name:<58} p50 {figures['p50']:6.2f} ms   p99 {figures['p99']:6.2f} ms   max {figures['max']:7.2f} ms", flush=True)


def rates(name, values):
    print(f"{name:<58} {statistics.median(values):8.0f} jobs/s  (min {min(values):.0f}, max {max(values):.0f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True, help="path of anb-bench-queue, a release build")
    parser.add_argument("--database-tool", help="path of anb-bench-database, for claims and finishes alone")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each; figures are of all turns together")
    parser.add_argument("--count", type=int, default=10000, help="jobs of each throughput turn")
    parser.add_argument("--slots", type=int, default=64, help="jobs that our worker runs at the same time")
    options = parser.parse_args()
    if subprocess.run([ROOT / "Scripts/install-deps.sh", "test"]).returncode:
        sys.exit("packages are missing")

    print(f"machine: {machine()}, load {os.getloadavg()[0]:.1f} before the start", flush=True)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o755)
        ours_redis = stack.enter_context(redis(stack.enter_context(tempfile.TemporaryDirectory())))
        peer_redis = stack.enter_context(redis(stack.enter_context(tempfile.TemporaryDirectory())))
        database = stack.enter_context(postgres(f"{folder}/postgres"))
        variables = stack.enter_context(sqs())
        ours = {"Redis queue, ledger in PostgreSQL": Ours(options.tool, database, ours_redis),
                "Redis queue, ledger in SQLite": Ours(options.tool, f"sqlite:{folder}/bench.sqlite", ours_redis)}
        remote = Ours(options.tool, database, "sqs", variables)
        peer = Celery(peer_redis, folder)

        waits = {name: [] for name in (*ours, "SQS", "memory", "Celery", "flush")}
        speeds = {name: [] for name in (*ours, "memory", "Celery")}
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
            waits["flush"] += flushes(folder)
            waits["Celery"] += peer.hand_over(HAND_OVERS, HAND_OVERS_PER_SECOND)
            for name, one in ours.items():
                waits[name] += one.hand_over(HAND_OVERS, HAND_OVERS_PER_SECOND)
            waits["SQS"] += remote.hand_over(HAND_OVERS // 5, HAND_OVERS_PER_SECOND // 5)
            waits["memory"] += memory(options.tool, HAND_OVERS, HAND_OVERS_PER_SECOND, 1)[0]
            speeds["Celery"].append(peer.drain(options.count, os.cpu_count()))
            for name, one in ours.items():
                speeds[name].append(one.drain(options.count, options.slots))
            speeds["memory"].append(memory(options.tool, options.count, 0, options.slots)[1])

        print(f"\nsend to worker start, {HAND_OVERS_PER_SECOND} messages/s, {HAND_OVERS * options.rounds} of each, "
              "claimed in the ledger first:")
        show("queue and ledger in memory, one process", waits["memory"])
        for name in ours:
            show(f"{name}, two processes", waits[name])
        show(f"SQS (local server), PostgreSQL, {HAND_OVERS_PER_SECOND // 5} messages/s", waits["SQS"])
        show("Celery 5.4 + Redis, no ledger, two processes", waits["Celery"])
        show("for comparison: one flush of this disk (fdatasync)", waits["flush"])
        print(f"\nno-op jobs a second of a full queue, {options.count} a turn, median of {options.rounds} turns:")
        rates(f"queue and ledger in memory, {options.slots} slots, sending meanwhile", speeds["memory"])
        for name in ours:
            rates(f"{name}, {options.slots} slots", speeds[name])
        rates(f"Celery 5.4 + Redis, no ledger, {os.cpu_count()} processes", speeds["Celery"])
        for name in ours:
            ratio = statistics.median(speeds[name]) / statistics.median(speeds["Celery"])
            print(f"ratio to Celery, {name}: {ratio:.2f}")
        print(f"claims and finishes a second are twice the jobs; up to {JOBS_PER_TRANSACTION} share a transaction")
        if options.database_tool:
            subprocess.run([options.database_tool, database, "32", "5", "10", "claims"], check=True)
        print(f"load {os.getloadavg()[0]:.1f} at the end; Redis without persistence for all; PostgreSQL and SQLite sync every commit")


if __name__ == "__main__":
    main()
