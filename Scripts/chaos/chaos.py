#!/usr/bin/env python3
"""Chaos, counted: real servers, several API replicas and workers, and everything that can break breaks.

While people upload, delete and vote, workers and replicas are killed (SIGKILL), workers are stopped past their lease and
go on, PostgreSQL is restarted, the queue goes away, and messages are delivered again and again. Afterwards a checker
compares what the clients were promised with the rows and the objects, and is itself put to the proof. Then the whole
system is started cold many times with simultaneous first uploads. Prints a table; exits 0 when nothing is wrong.

The queue goes away behind a TCP proxy: half of the time silently, half of the time with refused connections. (To stop
the server's process would also take away the objects of the mix with S3.)
"""

import argparse
import dataclasses
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from backends import Postgres, free_port, open_mix, run, wait_for  # noqa: E402
import aws  # noqa: E402
import checker  # noqa: E402
import proof  # noqa: E402
import tool_environment  # noqa: E402
from demo import fetch_clip  # noqa: E402
from faults import Proxy  # noqa: E402
from fleet import Fleet  # noqa: E402
from players import Journal, Person, unique_clip  # noqa: E402


@dataclasses.dataclass
class Plan:
    """How much of everything; the defaults are those of `make soak`."""

    seconds: int = 540
    fake_clips: int = 300
    real_clips: int = 20
    worker_kills: int = 100
    api_kills: int = 20
    stops: int = 10
    postgres_restarts: int = 10
    queue_outage_seconds: int = 60
    cold_starts: int = 20
    replicas: int = 2
    workers: int = 3
    uploaders: int = 12
    voters: int = 8
    lease_seconds: int = 10
    stall_seconds: int = 180

    # Beyond the lease: how long a job may wait for somebody else after its worker was killed.
    RECOVERY_SECONDS_BEYOND_LEASE = 5


SHORT = dict(
    seconds=16, fake_clips=30, real_clips=1, worker_kills=6, api_kills=2, stops=1, postgres_restarts=1,
    queue_outage_seconds=5, cold_starts=1, uploaders=6, voters=4, lease_seconds=3, stall_seconds=60)


class Stage:
    """The servers that all systems of one mix share."""

    def __init__(self, mix, binaries, folder):
        self.binaries, self.folder = binaries, folder
        self.used_ports = set()
        self.postgres = Postgres(pathlib.Path(folder) / "postgres")
        self.mix = open_mix(mix, folder)
        self.proxy = Proxy(self.mix.port)

    def free_port(self):
        while (port := free_port()) in self.used_ports:
            pass
        self.used_ports.add(port)
        return port

    def make_system(self, name, with_audit):
        """An empty database, queue and store. With an audit the schema is made first, else the fleet makes it."""
        self.postgres.execute("postgres", f"CREATE DATABASE {name}")
        self.mix.prepare(name, self.binaries)
        if with_audit:
            run(pathlib.Path(self.binaries) / "anb-api", "migrate",
                env={**os.environ, "DATABASE_URL": self.postgres.url_of(name)})
            run("psql", self.postgres.url_of(name), "-Xq", "-v", "ON_ERROR_STOP=1", "-f", HERE / "audit.sql")


class Chaos:
    """One run against one fleet."""

    def __init__(self, stage, plan, seed, say):
        self.stage, self.plan, self.say = stage, plan, say
        self.name = "chaos"
        self.seed = seed
        self.journal = Journal()
        self.kills, self.api_kills, self.stops = [], [], []
        self.outages = {"PostgreSQL": [], "queue": []}  # (from, to)
        self.copies, self.deliveries_max = 0, 1
        self.failures = []
        self.stopping = threading.Event()
        self.pause_lock = threading.Lock()
        self.paused = set()

    def random(self, purpose):
        """Chance of its own for every purpose, so that threads do not change each other's."""
        return random.Random(f"{self.seed}/{purpose}")

    # What happens at the same time

    def perform(self):
        plan = self.plan
        self.stage.make_system(self.name, with_audit=True)
        settings = {"JOB_LEASE_SECONDS": str(plan.lease_seconds), "SQS_VISIBILITY_TIMEOUT": str(plan.lease_seconds),
                    "ORPHAN_GRACE_SECONDS": "30", "SWEEP_INTERVAL_SECONDS": "5",
                    # A few people do what hundreds would.
                    "RATE_LIMIT_UPLOAD": "off", "RATE_LIMIT_VOTE": "off", "RATE_LIMIT_LOGIN": "off",
                    "MAX_UPLOADS_PER_DAY": "0", "MAX_UPLOAD_MB_PER_DAY": "0"}
        self.fleet = Fleet(self.stage, self.name, plan.replicas, plan.workers, settings)
        try:
            self._meet_people()
            self.started = time.monotonic()
            self.say(f"{plan.replicas} replicas and {plan.workers} workers are up")
            threads = [threading.Thread(target=self._guarded, args=(body, *arguments), daemon=True)
                       for body, *arguments in self._bodies()]
            for thread in threads:
                thread.start()
            self._watch(threads)
            self._drain()
            self.exits = self.fleet.end()
        finally:
            self.stopping.set()
            self.stage.proxy.set("open")
            self.logs = {program.name: program.log for program in self.fleet.programs}
            self.endings = [(program.name, *ending) for program in self.fleet.programs for ending in program.endings]
            self.fleet.kill_for_good()

    def _bodies(self):
        plan = self.plan
        yield from ((self._upload, index) for index in range(plan.uploaders))
        yield from ((self._vote, index) for index in range(2))
        yield from [(self._kill_workers,), (self._kill_replicas,), (self._stop_workers,), (self._restart_postgres,),
                    (self._take_queue_away,)]

    def _guarded(self, body, *arguments):
        try:
            body(*arguments)
        except Exception as failure:
            self.failures.append(f"{body.__name__.strip('_')}: {failure!r}")

    def _watch(self, threads):
        deadline = self.started + self.plan.seconds + 300
        next_word = 0
        while any(thread.is_alive() for thread in threads):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {self.plan.seconds + 300} s for uploads, votes and faults to end")
            if time.monotonic() > next_word:
                next_word = time.monotonic() + (10 if self.plan.seconds > 60 else 5)
                self._report_progress()
            time.sleep(0.1)
        self._report_progress()

    def _report_progress(self):
        self.say(f"{len(self.journal.uploads)} uploads accepted, {len(self.journal.deleted)} deleted, "
                 f"{len(self.journal.votes)} votes, {self.copies} copies; killed {len(self.kills)} workers, "
                 f"{len(self.api_kills)} replicas; stopped {len(self.stops)}; "
                 f"PostgreSQL restarted {len(self.outages['PostgreSQL'])} times; {self.journal.retries} requests repeated")

    def _drain(self):
        """Until every job has ended. A slow machine may take its time, but not stand still."""
        self.say("waiting for the last jobs")
        open_jobs = "SELECT id, kind, state, failures, worker_deaths, reason FROM jobs WHERE state IN ('ready', 'running')"
        waiting = self.stage.postgres.rows(self.name, open_jobs)
        while waiting:
            try:
                before, waiting = waiting, wait_for(
                    lambda: fewer(self.stage.postgres.rows(self.name, open_jobs), waiting),
                    f"one of {len(waiting)} jobs to end", self.plan.stall_seconds, 0.5)[0]
            except TimeoutError as failure:
                # The checker tells which; the run goes on to the table.
                self.failures.append(f"{failure}; for example {waiting[0]}")
                return
            if len(waiting) // 10 < len(before) // 10:
                self.say(f"{len(waiting)} jobs are still open")

    def _sleep_until(self, moment):
        """A moment of the run, in seconds."""
        time.sleep(max(0, self.started + moment - time.monotonic()))

    def _moments(self, count, chance):
        """Spread over the run, each somewhere in its own share."""
        share = self.plan.seconds / max(1, count)
        return [(index + chance.random()) * share for index in range(count)]

    # People

    def _meet_people(self):
        plan = self.plan
        ports, chance = self.fleet.ports, self.random
        self.uploaders = [Person(f"player{i}", ports, self.journal, chance(f"player{i}")) for i in range(plan.uploaders)]
        self.voters = [Person(f"voter{i}", ports, self.journal, chance(f"voter{i}")) for i in range(plan.voters)]
        for port in ports:
            wait_for(lambda: Person("", [port], self.journal, chance("")).ask_once("GET", "/health")[0] == 200,
                     f"a replica on port {port} to answer", 60)
        for person in self.uploaders + self.voters:
            person.sign_up()
        chance = self.random("clips")
        clips = ["fake"] * plan.fake_clips + ["real"] * plan.real_clips
        chance.shuffle(clips)
        self.uploads = [(moment, kind, chance.getrandbits(64)) for moment, kind in
                        zip(self._moments(len(clips), chance), clips)]
        self.bases = {"fake": make_clip("-t", "1", "-vf", "scale=160:-2"), "real": make_clip("-t", "1.5")}

    def _upload(self, index):
        """Every so manieth clip."""
        person = self.uploaders[index]
        for number in range(index, len(self.uploads), self.plan.uploaders):
            moment, kind, seed = self.uploads[number]
            chance = random.Random(seed)
            self._sleep_until(moment)
            clip = unique_clip(self.bases[kind], chance, chance.randrange(1 << 10, 1 << 16), kind == "fake")
            accepted = person.upload(clip, f"{kind} clip {number}")
            self._deliver_copies(accepted, person.id, chance)
            if chance.random() < 0.15:
                person.delete(accepted["video_id"])

    def _deliver_copies(self, accepted, user, chance):
        """Zero to four more deliveries of the message, at once or later, whatever became of the job."""
        message = {
            "job_id": accepted["task_id"], "kind": "video.process", "video_id": accepted["video_id"], "user_id": user,
            "s3_key_original": "", "correlation_id": "chaos", "transformations": [], "schema": 1}
        count = chance.randrange(5)
        self.deliveries_max = max(self.deliveries_max, count + 1)

        def deliver():
            for _ in range(count):
                self.stage.mix.deliver_copy(self.name, message)
                self.copies += 1

        timer = threading.Timer(chance.choice([0, 0.2, 1, 5]), self._guarded, (deliver,))
        timer.daemon = True
        timer.start()

    def _vote(self, index):
        """A few people who vote and change their minds while the videos appear."""
        chance = self.random(f"votes {index}")
        people = self.voters[index::2]
        while time.monotonic() < self.started + self.plan.seconds:
            person = chance.choice(people)
            status, listed = person.ask_once("GET", "/api/public/videos?limit=100&sort=new")
            if status == 200 and listed:
                video = chance.choice(listed)["video_id"]
                if chance.random() < 0.2:
                    person.take_vote_back(video)
                else:
                    person.vote(video)
            time.sleep(chance.uniform(0.05, 0.4))

    # Faults

    def _kill_workers(self):
        chance = self.random("worker kills")
        for moment in self._moments(self.plan.worker_kills, chance):
            self._sleep_until(moment)
            order = chance.sample(self.fleet.workers, len(self.fleet.workers))
            delay = chance.uniform(0, 2)
            self.kills.append(wait_for(lambda: self._kill_one(order, delay), "a worker to kill", 60))

    def _kill_one(self, programs, delay):
        with self.pause_lock:
            for program in programs:
                if program not in self.paused and (killed := program.kill(delay)):
                    return killed
        return None

    def _kill_replicas(self):
        chance = self.random("replica kills")
        for moment in self._moments(self.plan.api_kills, chance):
            self._sleep_until(moment)
            order = chance.sample(self.fleet.replicas, len(self.fleet.replicas))
            delay = chance.uniform(0, 1)
            self.api_kills.append(wait_for(lambda: self._kill_one(order, delay), "a replica to kill", 60))

    def _stop_workers(self):
        """In the middle of a job, until its lease has long ended; then it goes on as if nothing had been."""
        chance = self.random("stops")
        for moment in self._moments(self.plan.stops, chance):
            self._sleep_until(moment)
            program, process, life = wait_for(lambda: self._stop_a_busy_worker(chance), "a worker with a job to stop", 60, 0.01)
            time.sleep(self.plan.lease_seconds + chance.uniform(1, 3))
            process.send_signal(18)  # SIGCONT
            with self.pause_lock:
                self.paused.discard(program)

    def _stop_a_busy_worker(self, chance):
        busy = "SELECT who FROM (SELECT DISTINCT ON (job) who, new_state FROM chaos_audit WHERE kind = 'video.process' " \
               "ORDER BY job, n DESC) last WHERE new_state = 'running'"
        names = {row["who"] for row in self.stage.postgres.rows(self.name, busy)}
        with self.pause_lock:
            candidates = [program for program in self.fleet.workers if program.life_name in names]
            if not candidates:
                return None
            program = chance.choice(candidates)
            if not (stopped := program.pause()):
                return None
            self.paused.add(program)
            process, life, at = stopped
            self.stops.append((life, at))
            return program, process, life

    def _restart_postgres(self):
        chance = self.random("PostgreSQL")
        for number, moment in enumerate(self._moments(self.plan.postgres_restarts, chance)):
            self._sleep_until(moment)
            start = time.time()
            self.stage.postgres.stop(["immediate", "fast"][number % 2])
            time.sleep(chance.uniform(0, 2))
            self.stage.postgres.start()
            self.outages["PostgreSQL"].append((start, time.time()))

    def _take_queue_away(self):
        half = self.plan.queue_outage_seconds / 2
        self._sleep_until(self.plan.seconds * 0.4)
        start = time.time()
        for state in ("silent", "cut", "open"):
            self.stage.proxy.set(state)
            if state != "open":
                time.sleep(half)
        self.outages["queue"].append((start, time.time()))

    # Afterwards

    def state(self):
        rows = {name: self.stage.postgres.rows(self.name, query) for name, query in checker.QUERIES.items()}
        return rows, self.stage.mix.objects(self.name), self.stage.postgres.rows(self.name, checker.AUDIT)

    def judge(self):
        rows, objects, audit = self.state()
        return checker.judge(self.journal, rows, objects, audit)

    def met_outage(self, start, seconds):
        """Backoffs and reconnects outlast an outage a little."""
        return any(start <= to + 5 and start + seconds >= begin
                   for windows in self.outages.values() for begin, to in windows)

    def life_of(self, job):
        """What the database and the processes noted of a job and of the player's others, and the kills of its time."""
        events = [event for event in self.audit if event["job"] == job]
        noted = [(event["at"], f"{event['who']}: {event['new_state'] or event['publication']}") for event in events]
        player, (begin, end) = self.player_of(events[0]), (noted[0][0], noted[-1][0])
        noted += [(event["at"], f"{event['who']}: the player's {event['job']} {event['new_state']}") for event in self.audit
                  if event["job"] != job and event["new_state"] and begin <= event["at"] <= end
                  and self.player_of(event) == player]
        killed = [(at, f"{who} killed") for who, at in self.kills if begin <= at <= end]
        said = [f"{name} said {line}" for name, log in self.logs.items() for line in log.splitlines() if job in line]
        return [f"{job} {at - begin:6.1f} s {text}" for at, text in sorted(noted + killed)] + said

    def player_of(self, event):
        return self.journal.uploads.get(event["video"], {}).get("user")

    def odd_endings(self):
        """Lives that ended by themselves although everything they need was there."""
        return [f"{name} ended with {code}: {line}" for name, at, code, line in self.endings if not self.met_outage(at - 10, 10)]


def fewer(now, before):
    """What is left, in a tuple, when it became less."""
    return (now,) if len(now) < len(before) else None


def make_clip(*options):
    """From real footage."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "clip.mp4"
        run("ffmpeg", "-v", "error", "-nostdin", "-i", fetch_clip(), *options, "-an", "-pix_fmt", "yuv420p", path)
        return path.read_bytes()


def start_cold(stage, plan, number, seed, say):
    """The whole system, PostgreSQL too, from nothing, with simultaneous first uploads.

    Answers how many uploads were accepted, what the checker found, and what else went wrong.
    """
    name = f"cold{number}"
    say(f"cold start {number + 1} of {plan.cold_starts}")
    stage.make_system(name, with_audit=False)
    stage.postgres.stop("fast")
    starter = threading.Thread(target=stage.postgres.start)
    starter.start()
    journal = Journal()
    fleet = Fleet(stage, name, plan.replicas, plan.workers, {})
    try:
        chance = random.Random(f"{seed}/{name}")
        people = [Person(f"first{i}", fleet.ports, journal, random.Random(chance.random())) for i in range(8)]
        clips = [unique_clip(make_base(), chance, 1 << 14, True) for _ in people]
        together, failures = threading.Barrier(len(people)), []

        def arrive(person, clip):
            try:
                person.sign_up()
                together.wait(timeout=120)
                person.upload(clip, "first")
            except Exception as failure:
                failures.append(f"{person.name}: {failure!r}")

        threads = [threading.Thread(target=arrive, args=pair, daemon=True) for pair in zip(people, clips)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
        say(f"cold start {number + 1} of {plan.cold_starts}: {len(journal.uploads)} first uploads accepted")
        starter.join(timeout=60)
        waiting = "SELECT id FROM jobs WHERE state IN ('ready', 'running')"
        try:
            wait_for(lambda: not stage.postgres.rows(name, waiting), f"the jobs of cold start {number}", 90, 0.2)
        except TimeoutError as failure:
            failures.append(str(failure))
        fleet.kill_for_good()
        rows = {table: stage.postgres.rows(name, query) for table, query in checker.QUERIES.items()}
        findings = checker.judge(journal, rows, stage.mix.objects(name), [])
        return len(journal.uploads), findings, failures
    finally:
        fleet.kill_for_good()
        starter.join(timeout=60)


_bases = []


def make_base():
    if not _bases:
        _bases.append(make_clip("-t", "1", "-vf", "scale=160:-2"))
    return _bases[0]


def table(rows):
    width = max(len(name) for name, *_ in rows)
    return "\n".join(f"| {name.ljust(width)} | {value} | {goal} |" for name, value, goal in
                     [("what", "counted", "goal"), ("-" * width, "---", "---"), *rows])


def report(chaos, findings, proofs, cold, plan, sweep):
    """The table's rows, and what is wrong, in words."""
    rows, wrong = [], []

    def count(name, value, goal="", is_right=True, details=()):
        rows.append((name, value, goal))
        if not is_right:
            wrong.append(f"{name}: {value}" + "".join(f"\n    {detail}" for detail in list(details)[:40]))

    journal = chaos.journal
    count("uploads accepted", f"{len(journal.uploads)}", f"{plan.fake_clips + plan.real_clips}",
          len(journal.uploads) == plan.fake_clips + plan.real_clips)
    count("deleted by their owners", f"{len(journal.deleted)}")
    count("votes promised", f"{sum(state == 'present' for state in journal.votes.values())}")
    count("workers killed / replicas killed", f"{len(chaos.kills)} / {len(chaos.api_kills)}",
          f"{plan.worker_kills} / {plan.api_kills}",
          (len(chaos.kills), len(chaos.api_kills)) == (plan.worker_kills, plan.api_kills))
    count("workers stopped past their lease", f"{len(chaos.stops)}", f"{plan.stops}", len(chaos.stops) == plan.stops)
    count("PostgreSQL restarts", f"{len(chaos.outages['PostgreSQL'])}", f"{plan.postgres_restarts}",
          len(chaos.outages["PostgreSQL"]) == plan.postgres_restarts)
    count("queue unreachable, seconds", f"{sum(to - begin for begin, to in chaos.outages['queue']):.0f}",
          f"{plan.queue_outage_seconds}")
    count("copies of messages delivered", f"{chaos.copies} (each message 1 to {chaos.deliveries_max} times)")
    count("requests repeated by clients", f"{journal.retries}")
    for category, found in findings.items():
        count(category, f"{len(found)}", "0", not found, found)
    unfinished = chaos.stage.mix.unfinished(chaos.name)
    count("unfinished writes in the store", f"{len(unfinished)}", "0", not unfinished, unfinished)
    recovered, never = checker.recoveries(chaos.audit, chaos.kills)
    calm = [seconds for start, seconds, _ in recovered if not chaos.met_outage(start, seconds)]
    stormy = [seconds for start, seconds, _ in recovered if chaos.met_outage(start, seconds)]
    limit = plan.lease_seconds + plan.RECOVERY_SECONDS_BEYOND_LEASE
    count("jobs cut off by a kill, never taken over", f"{len(never)}", "0", not never, never)
    p99 = checker.percentile(calm, 0.99)
    count(f"recovery after a kill (lease {plan.lease_seconds} s), {len(calm)} times: p50 / p99 / max",
          f"{checker.percentile(calm, 0.5):.1f} / {p99:.1f} / {max(calm, default=float('nan')):.1f} s", f"p99 <= {limit} s",
          not p99 > limit, [line for _, seconds, job in recovered if seconds > limit for line in chaos.life_of(job)])
    count(f"the same across an outage, {len(stormy)} times: p50 / max",
          f"{checker.percentile(stormy, 0.5):.1f} / {max(stormy, default=float('nan')):.1f} s")
    refused = sum(log.count("ending=fenced_out") for log in chaos.logs.values())
    taken_over, _ = checker.recoveries(chaos.audit, chaos.stops)
    count("jobs taken over from stopped workers", f"{len(taken_over)}")
    count("stale completions refused (in the workers' logs)", f"{refused}")
    odd = chaos.odd_endings()
    count("processes that ended by themselves in an outage", f"{len(chaos.endings) - len(odd)}")
    count("processes that ended by themselves otherwise", f"{len(odd)}", "0", not odd, odd)
    bad_exits = [f"{name}: {code}" for name, code in chaos.exits.items() if code]
    count("exit codes other than 0 after SIGTERM", f"{len(bad_exits)}", "0", not bad_exits, bad_exits)
    count("faults and people of the run that failed", f"{len(chaos.failures)}", "0", not chaos.failures, chaos.failures)
    missed = [name for name, is_found in proofs if not is_found]
    count("checker: breakages made by hand, found", f"{len(proofs) - len(missed)} of {len(proofs)}", "all", not missed, missed)
    accepted = sum(number for number, *_ in cold)
    lost = [text for _, found, failures in cold for text in [*found["uploads lost"], *failures]]
    other = [f"{category}: {text}" for _, found, _ in cold for category, texts in found.items()
             for text in texts if category != "uploads lost"]
    count(f"cold starts: {len(cold)}; first uploads accepted", f"{accepted}", f"{8 * plan.cold_starts}",
          accepted == 8 * plan.cold_starts)
    count("cold starts: accepted uploads lost", f"{len(lost)}", "0", not lost, lost)
    count("cold starts: anything else", f"{len(other)}", "0", not other, other)
    count("last sweep", sweep)
    return rows, wrong


def run_mix(mix, options, plan):
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    begin = time.monotonic()

    def say(text):
        print(f"[{mix} {time.monotonic() - begin:5.0f} s] {text}", flush=True)

    say(f"seed {seed} (give it again with --seed {seed})")
    with tempfile.TemporaryDirectory(prefix="anb-chaos-", dir=options.folder, ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as somebody else
        stage = Stage(mix, options.binaries, folder)
        try:
            chaos = Chaos(stage, plan, seed, say)
            chaos.perform()
            sweep = chaos.fleet.sweep()
            rows, objects, chaos.audit = chaos.state()
            findings = checker.judge(chaos.journal, rows, objects, chaos.audit)
            say("the checker is put to the proof")
            proofs = prove(stage, chaos, rows, findings)
            cold = []
            for number in range(plan.cold_starts):
                cold.append(start_cold(stage, plan, number, seed, say))
                say(f"cold start {number + 1} of {plan.cold_starts}: checked")
            lines, wrong = report(chaos, findings, proofs, cold, plan, sweep)
            if options.keep:
                for name, log in chaos.logs.items():
                    (pathlib.Path(options.keep) / f"{mix}-{name}.log").write_text(log)
        finally:
            stage.mix.close()
            stage.postgres.stop("immediate")
    print(f"\n### PostgreSQL + {mix}, seed {seed}, {time.monotonic() - begin:.0f} s\n\n{table(lines)}\n", flush=True)
    for text in wrong:
        print(f"WRONG  {text}", flush=True)
    return not wrong


def prove(stage, chaos, rows, findings):
    """Whether each breakage adds to what was found before it."""
    proofs, before = [], findings
    try:
        for name, category, breaking in proof.breakages(stage, chaos.name, chaos.journal, rows):
            breaking()
            after = chaos.judge()
            proofs.append((name, len(after[category]) > len(before[category])))
            before = after
    except Exception as failure:
        proofs.append((f"the proof itself failed: {failure!r}", False))
    return proofs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True, help="folder with anb-api, anb-worker and anb-chaos-worker")
    parser.add_argument("--mix", action="append", choices=["redis", "sqs", "sqs-standard"], help="default: redis and sqs")
    parser.add_argument("--seed", type=int, help="repeats the choices of an earlier run")
    parser.add_argument("--short", action="store_true", help="the form for every test run")
    parser.add_argument("--folder", help="where the servers and processes keep their files")
    parser.add_argument("--keep", help="folder for the processes' logs")
    for field in dataclasses.fields(Plan):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int)
    options = parser.parse_args()
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(Plan)}
    plan = Plan(**{**(SHORT if options.short else {}), **{name: value for name, value in given.items() if value is not None}})
    mixes = options.mix or ["redis", "sqs"]
    if any(mix != "redis" for mix in mixes) and pathlib.Path(sys.prefix) != aws.HOME:
        # Also has the client that the checker reads S3 with.
        tool_environment.environment("aws-server", aws.VERSION, "ministack")
        os.execv(aws.PYTHON, [str(aws.PYTHON), *sys.argv])
    return 0 if all([run_mix(mix, options, plan) for mix in mixes]) else 1


if __name__ == "__main__":
    sys.exit(main())
