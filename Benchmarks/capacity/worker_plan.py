"""Workers: what a clip costs alone, a burst on one, two and three of them, and clips that come at random."""

import contextlib
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import threading
import time

import model
from api_plan import Measured
from backends import RedisAndFiles
from seed import SECRET
from servers import Ours, Tree
from anb_client import Client, Worker

JOB_SECONDS_MAX, RUN_SECONDS_MAX = 300, 600
PLAYERS = 4


class Forest:
    """Several process trees as one."""

    def __init__(self, trees):
        self.trees = trees

    def resident(self):
        return sum(tree.resident() for tree in self.trees)

    def seconds(self):
        return sum(tree.seconds() for tree in self.trees)


class Plan:
    def __init__(self, binaries, database_url, folder, clips, quick):
        """`clips`: paths by the name of their kind."""
        self.binaries, self.url, self.folder, self.clips, self.quick = binaries, database_url, pathlib.Path(folder), clips, quick
        self.counter = 0

    def run(self, parts, found):
        """`parts` of alone, bursts and random; `found`: what earlier parts found."""
        with contextlib.ExitStack() as stack:
            redis = RedisAndFiles(self.folder)
            stack.callback(redis.close)
            redis.prepare("objects", self.binaries)
            self.settings = {**redis.settings("objects", redis.port), "DATABASE_URL": self.url, "JWT_SECRET": SECRET, "LOG_LEVEL": "warning"}
            api_folder = self.folder / "api"
            api_folder.mkdir()
            shared = {name: value for name, value in self.settings.items() if name not in ("DATABASE_URL", "JWT_SECRET")}
            api = Ours(self.binaries, self.url, api_folder, **shared)
            stack.callback(api.stop)
            self.people = [Client(api.port) for _ in range(PLAYERS)]
            for number, person in enumerate(self.people):
                person.sign_up("Ana", f"Torres{number}", "Cali")
            if "alone" in parts:
                found["clips"] = {name: {"bytes": path.stat().st_size} for name, path in self.clips.items()}
                with self.workers(1) as forest:
                    found["kinds"] = self.fit(forest)
            kinds = model.kinds_of(found)
            if "bursts" in parts:
                found["bursts"] = {}
                for count in (1, 3) if self.quick else (1, 2, 3):
                    with self.workers(count) as forest:
                        found["bursts"][str(count)] = self.burst(forest, kinds, count)
            if "random" in parts:
                with self.workers(1) as forest:
                    found["arrivals"] = self.arrivals(forest, kinds)

    @contextlib.contextmanager
    def workers(self, count):
        started = []
        try:
            for _ in range(count):
                self.counter += 1
                folder = self.folder / f"worker-{self.counter}"
                folder.mkdir()
                started.append(Worker(self.binaries, folder, **self.settings))
            yield Forest([Tree(worker.process.pid) for worker in started])
        finally:
            for worker in started:
                worker.stop()

    # --- what a clip costs alone

    def fit(self, forest):
        runs = {name: [] for name in self.clips}
        # The first makes what is made once, and counts for nothing.
        order = [min(self.clips)] + [name for _ in range(1 if self.quick else 3) for name in self.clips]
        for number, name in enumerate(order):
            cpu = forest.seconds()
            accepted = self.people[0].upload(self.clips[name], f"{name}")
            self.people[0].await_processed(accepted, JOB_SECONDS_MAX)
            row = self.rows(f"id = '{accepted['video_id']}'")[0]
            if number:
                runs[name].append([row["end"] - row["begun"], forest.seconds() - cpu])
                print(f"  {name} alone: {runs[name][-1][0]:.2f} s, {runs[name][-1][1]:.2f} CPU-s", file=sys.stderr, flush=True)
        return {name: {"seconds": statistics.median(run[0] for run in both), "cpu": statistics.median(run[1] for run in both), "runs": both}
                for name, both in runs.items()}

    # --- several at once

    def burst(self, forest, kinds, workers):
        """Every kind as often as the others, in an order that chance decided once, all uploaded at once."""
        names = sorted(kinds) * (2 if self.quick else 3)
        random.Random(7).shuffle(names)
        return self.measure(forest, kinds, workers, [(0.0, name) for name in names], f"burst on {workers}")

    def arrivals(self, forest, kinds):
        """Uploads at random, about as many as keep one worker busy for three quarters of the time."""
        mean = statistics.mean(kind.seconds for kind in kinds.values())
        chance = random.Random(11)
        plan = list(model.poisson(chance, 0.75 * 3600 / mean, 5 if self.quick else 20, sorted(kinds)))
        return self.measure(forest, kinds, 1, plan, "at random")

    def measure(self, forest, kinds, workers, plan, label):
        since = self.now()
        failures = []

        def send(number, moment, name):
            time.sleep(max(0.0, start + moment - time.monotonic()))
            try:
                # A copy of its own: a client keeps the headers of its last answer.
                person = Client(self.people[0].port)
                person.token = self.people[number % PLAYERS].token
                person.upload(self.clips[name], name)
            except Exception as error:
                failures.append(str(error))

        with Measured(forest) as measured:
            start = time.monotonic()
            threads = [threading.Thread(target=send, args=(number, *entry)) for number, entry in enumerate(plan)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            end = time.monotonic() + RUN_SECONDS_MAX
            while self.open_count(since) and time.monotonic() < end:
                time.sleep(0.5)
        rows = self.rows(f"uploaded_at >= {since}")
        done = [row for row in rows if row["status"] == "processed"]
        if not done:
            raise RuntimeError(f"{label}: nothing was published: {failures[:1]} {rows[:1]}")
        origin = min(row["begun"] for row in rows)
        arrived = [(row["begun"] - origin, row["title"]) for row in done]
        published = [row["end"] - origin for row in done]
        predicted = model.simulate(arrived, kinds, slots=workers, cores=os.cpu_count())
        found = {"workers": workers, "jobs": [[*job, end, guess] for job, end, guess in zip(arrived, published, predicted)],
                 "failed": len(rows) - len(done) + len(failures), "why": failures[:1], **measured.figures,
                 "measured": summary(arrived, published), "predicted": summary(arrived, predicted)}
        print(f"  {label}: {len(done)} clips in {found['measured']['clear']:.1f} s (predicted {found['predicted']['clear']:.1f}), p95 "
              f"{found['measured']['p95']:.1f} s (predicted {found['predicted']['p95']:.1f}), {found['failed']} failed", file=sys.stderr, flush=True)
        return found

    # --- the books

    def rows(self, condition):
        sql = ("SELECT coalesce(json_agg(t ORDER BY t.begun), '[]') FROM (SELECT title, status, uploaded_at / 1000.0 AS begun, "
               f"processed_at / 1000.0 AS end FROM videos WHERE {condition}) t")
        return json.loads(self.ask(sql))

    def open_count(self, since):
        return int(self.ask(f"SELECT count(*) FROM videos WHERE uploaded_at >= {since} AND status NOT IN ('processed', 'failed')"))

    def now(self):
        return int(self.ask("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"))

    def ask(self, sql):
        return subprocess.run(["psql", self.url, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql], stdout=subprocess.PIPE, text=True,
                              check=True).stdout.strip()


def summary(arrived, published):
    times = [end - begun for (begun, _), end in zip(arrived, published)]
    clear = max(published)
    return {"clear": clear, "p50": model.percentile(times, 0.5), "p95": model.percentile(times, 0.95), "per_minute": 60 * len(times) / clear}
