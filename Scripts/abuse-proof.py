#!/usr/bin/env python3
"""The API under abuse, while other people use it: their p99 stays within three times the normal, memory within a bound, and
every descriptor comes back.

The attacker and the other people are processes of their own. People ask over connections that they keep and over new ones.
"""

import argparse
import collections
import gzip
import http.client
import multiprocessing
import os
import pathlib
import resource
import selectors
import socket
import sqlite3
import sys
import tempfile
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "chaos"))
sys.path.insert(0, str(HERE))

from backends import wait_for  # noqa: E402
from proof_server import API, seed  # noqa: E402

RATIO_MAX = 3
# Less than that is what other processes on the same cores cost, attack or not.
FLOOR_MS = 20
# After this long every slow connection has to be cut: the idle limit of 30 s and what a loop of the attacker takes.
SLOW_SECONDS_MAX = 40
MEMORY_MB_MAX = 256
DESCRIPTORS_SLACK = 8


# --- the other people

def people(port, commands, answers, access):
    """Measures until told to stop; answers the waits in ms and what went wrong."""
    while (command := commands.get()) != "end":
        waits, failures = [], collections.Counter()
        kept, beat, stop = None, 0, time.monotonic() + command
        while time.monotonic() < stop:
            started, beat = time.monotonic(), beat + 1
            try:
                if beat % 2:
                    kept = kept or http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                    connection = kept
                else:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                path = ("/api/public/rankings?limit=10", "/api/videos", "/api/public/videos?limit=10")[beat // 2 % 3]
                connection.request("GET", path, headers={"Authorization": f"Bearer {access}"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    failures[answer.status] += 1
                if connection is not kept:
                    connection.close()
            except (OSError, http.client.HTTPException) as failure:
                failures[type(failure).__name__] += 1
                kept = None
            waits.append((time.monotonic() - started) * 1000)
            time.sleep(max(0, started + 0.01 - time.monotonic()))
        answers.put((waits, dict(failures)))


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# --- the attacks: each answers a line of what became of it

class Crowd:
    """Many sockets of one attacker, none of which it waits for."""

    def __init__(self, port, per_second=2000):
        self.port, self.pause = port, 1 / per_second
        self.selector, self.all, self.ends = selectors.DefaultSelector(), [], collections.Counter()
        self.read = collections.defaultdict(bytes)

    def open(self, count, first=b""):
        for _ in range(count):
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", self.port))
            self.selector.register(connection, selectors.EVENT_READ)
            self.all.append(connection)
            if first:
                self._later(connection, first)
            time.sleep(self.pause)
            if len(self.all) % 50 == 0:
                self.look(0)

    def _later(self, connection, data):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                return connection.send(data)
            except BlockingIOError:
                time.sleep(0.001)
            except OSError as failure:
                return self._ended(connection, type(failure).__name__)

    def drip(self, data):
        for connection in list(self.alive):
            try:
                connection.send(data)
            except BlockingIOError:
                pass
            except OSError as failure:
                self._ended(connection, type(failure).__name__)

    def look(self, seconds):
        for key, _ in self.selector.select(seconds):
            try:
                data = key.fileobj.recv(65536)
            except BlockingIOError:
                continue
            except OSError as failure:
                self._ended(key.fileobj, type(failure).__name__)
                continue
            if data:
                if len(self.read[key.fileobj]) < 64:
                    self.read[key.fileobj] += data[:64]
            else:
                self._ended(key.fileobj, "cut")

    def _ended(self, connection, how):
        try:
            self.selector.unregister(connection)
        except KeyError:
            return
        self.ends[how] += 1
        connection.close()

    @property
    def alive(self):
        return [connection for connection in self.all if connection.fileno() >= 0]

    def statuses(self):
        return collections.Counter(
            data.split()[1].decode() for data in self.read.values() if data.startswith(b"HTTP/1.1 ") and len(data.split()) > 1)

    def expect_cut(self, scene):
        """Whoever never comes to an end is cut, when there was time for it."""
        if scene.seconds >= SLOW_SECONDS_MAX and self.alive:
            scene.finding(f"{len(self.alive)} slow connections are still open")

    def close(self):
        for connection in self.alive:
            connection.close()
        told = [f"{count} × {status}" for status, count in sorted(self.statuses().items())]
        gone = sum(self.ends.values())
        return ", ".join(told + [f"{gone} of {len(self.all)} cut by the server"])


def slow_loris(scene):
    crowd = Crowd(scene.port)
    crowd.open(1000, b"GET /health HTTP/1.1\r\nHost: a\r\n")
    while scene.goes_on():
        crowd.drip(b"X")
        crowd.look(1)
    crowd.expect_cut(scene)
    return crowd.close()


def header_drip(scene):
    crowd = Crowd(scene.port)
    crowd.open(500, b"GET /health HTTP/1.1\r\nHost: a\r\n")
    while scene.goes_on():
        crowd.drip(b"X-Header: " + b"y" * 100 + b"\r\n")
        crowd.look(0.5)
    crowd.expect_cut(scene)
    return crowd.close()


def body_drip(scene):
    crowd = Crowd(scene.port)
    crowd.open(500, b"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{")
    while scene.goes_on():
        crowd.drip(b" ")
        crowd.look(1)
    crowd.expect_cut(scene)
    return crowd.close()


def bodies_after_413(scene):
    """Declares 2 GB, is refused, and sends them all the same."""
    piece, sent, cut = b"x" * (1 << 20), 0, 0
    while scene.goes_on():
        connection = socket.create_connection(("127.0.0.1", scene.port), timeout=10)
        try:
            connection.sendall(
                b"POST /api/videos/upload HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + scene.access.encode()
                + b"\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 2147483648\r\n\r\n")
            for _ in range(2048):
                connection.sendall(piece)
                sent += len(piece)
                time.sleep(0.002)
            scene.finding("2 GB were taken after 413")
        except OSError:
            cut += 1
        finally:
            connection.close()
    if sent / max(cut, 1) > 32 << 20:
        scene.finding("more than 32 MiB were taken for each refused body")
    return f"{cut} cut, after {sent / max(cut, 1) / (1 << 20):.1f} MiB each"


def idle_connections(scene):
    crowd = Crowd(scene.port)
    crowd.open(5000)
    most = len(crowd.alive)
    while scene.goes_on():
        crowd.look(0.2)
    return f"{most} open at once at most; " + crowd.close()


def bombs(scene):
    """A gigabyte in a megabyte, and JSON that is nothing but depth; sent as fast as answered."""
    zipped = gzip.compress(b"[" * (32 << 20))
    deep = [b"[" * 60000, b'{"a":' * 12000, b'{"email":' + b"[" * 50000, b'{"email":"' + b"\\u0000" * 9000 + b'"}']
    statuses = collections.Counter()
    while scene.goes_on():
        for number, body in enumerate([zipped[:60000], *deep]):
            headers = {"Content-Type": "application/json", **({"Content-Encoding": "gzip"} if number == 0 else {})}
            connection = http.client.HTTPConnection("127.0.0.1", scene.port, timeout=10)
            connection.request("POST", "/api/auth/refresh", body, headers)
            statuses[connection.getresponse().status] += 1
            connection.close()
            time.sleep(0.01)
    if set(statuses) - {400, 413, 415}:
        scene.finding(f"a bomb was answered with {set(statuses)}")
    return ", ".join(f"{count} × {status}" for status, count in statuses.items())


def event_streams(scene):
    """One account cannot take all of them, and all together cannot take more than there are."""
    crowd = Crowd(scene.port)
    for number in range(10_000):
        owner, video = scene.waiting[number % len(scene.waiting)]
        crowd.open(1, f"GET /api/videos/{video}/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {owner}\r\n"
                      "Connection: close\r\n\r\n".encode())
    while scene.goes_on():
        crowd.look(0.2)
    statuses = crowd.statuses()
    if set(statuses) - {"200", "503"} or statuses["200"] > 1024 or statuses["503"] < 1000:
        scene.finding(f"event streams were answered with {dict(statuses)}")
    return crowd.close()


ATTACKS = {"slow-loris": slow_loris, "header drip": header_drip, "body drip": body_drip, "2 GB after 413": bodies_after_413,
           "5,000 idle": idle_connections, "bombs": bombs, "10,000 event streams": event_streams}


class Scene:
    """What an attack sees of the world."""

    def __init__(self, port, access, waiting, seconds, findings):
        self.port, self.access, self.waiting, self.findings = port, access, waiting, findings
        self.seconds, self.end = seconds, time.monotonic() + seconds

    def goes_on(self):
        return time.monotonic() < self.end

    def finding(self, text):
        self.findings.append(text)


def attack(name, port, access, waiting, seconds, results):
    findings = []
    try:
        line = ATTACKS[name](Scene(port, access, waiting, seconds, findings))
    except Exception as failure:  # the table has to say so
        line = f"{type(failure).__name__}: {failure}"
        findings.append(f"the attacker gave up: {line}")
    results.put((line, findings))


# --- the server

class Server(API):
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_mb(self, field="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) / 1024


def prepare(api, count):
    """Accounts, published videos, and for each account a video that waits for a worker who never comes."""
    database = sqlite3.connect(api.folder / "anb.sqlite", timeout=30)
    try:
        tokens, _ = seed(lambda sql: database.execute(sql), count, 50)
        waiting = []
        for person, access in tokens.items():
            video, job, now = str(uuid.uuid4()), str(uuid.uuid4()), int(time.time() * 1000)
            database.execute(
                """INSERT INTO videos (id, owner_id, title, status, original_key, original_byte_count, original_sha256,
                original_seconds, job_id, correlation_id, uploaded_at, votes, votes_reached_at, city_key)
                VALUES (?, ?, 't', 'queued', ?, 1, '-', 1.0, ?, 'c', ?, 0, ?, 'cali')""",
                (video, person, f"originals/{video}/original.mov", job, now, now))
            database.execute(
                """INSERT INTO jobs (id, kind, video_id, user_id, correlation_id, state, created_at, ready_at, fence, failures,
                worker_deaths, stage, fraction) VALUES (?, 'video.process', ?, ?, 'c', 'ready', ?, ?, 0, 0, 0, 'queued', 0)""",
                (job, video, person, now, now))
            waiting.append((access, video))
        database.commit()
    finally:
        database.close()
    return waiting


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--seconds", type=float, default=45, help="of each attack; below 40 slow ones do not come to their end")
    parser.add_argument("--ratio", type=float, default=RATIO_MAX, help="how many times the normal p99 others may wait; 0 does not judge it")
    parser.add_argument("--only", action="append", choices=ATTACKS)
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    multiprocessing.set_start_method("fork")
    with tempfile.TemporaryDirectory(prefix="anb-abuse-") as folder:
        api = Server(arguments.binaries, folder)
        api.start()
        waiting = prepare(api, 100)
        access = waiting[0][0]
        commands, answers, results = multiprocessing.Queue(), multiprocessing.Queue(), multiprocessing.Queue()
        measuring = multiprocessing.Process(target=people, args=(api.port, commands, answers, access), daemon=True)
        measuring.start()

        def measure(seconds):
            commands.put(seconds)
            return answers.get(timeout=seconds + 60)

        measure(2)
        normal, _ = measure(min(10, arguments.seconds))
        normal_p99 = percentile(normal, 0.99)
        bound = max(arguments.ratio * normal_p99, FLOOR_MS)
        first_memory, first_descriptors = api.memory_mb(), api.descriptors()
        print(f"normal: p50 {percentile(normal, 0.5):.1f} ms, p99 {normal_p99:.1f} ms over {len(normal)} requests; "
              f"{first_memory:.0f} MB, {first_descriptors} descriptors; at most {bound:.1f} ms", flush=True)
        print("| attack | others' p50 ms | p99 ms | × normal | failures | MB above | descriptors after | what became of it |\n"
              "|---|---|---|---|---|---|---|---|", flush=True)
        found = []
        for name in arguments.only or ATTACKS:
            attacker = multiprocessing.Process(
                target=attack, args=(name, api.port, access, waiting, arguments.seconds, results), daemon=True)
            attacker.start()
            waits, failures = measure(arguments.seconds)
            above = api.memory_mb() - first_memory
            line, findings = results.get(timeout=120)
            attacker.join()
            left = settled(api, first_descriptors)
            p99 = percentile(waits, 0.99)
            print(f"| {name} | {percentile(waits, 0.5):.1f} | {p99:.1f} | {p99 / normal_p99:.1f} | {failures or 0} | {above:.0f} | "
                  f"{left - first_descriptors:+d} | {line} |", flush=True)
            findings += [f"others waited {p99:.1f} ms"] * (0 < arguments.ratio and p99 > bound) + [f"others failed: {failures}"] * bool(failures)
            findings += [f"{above:.0f} MB more"] * (above > MEMORY_MB_MAX)
            findings += [f"{left - first_descriptors} descriptors are left"] * (left > first_descriptors + DESCRIPTORS_SLACK)
            found += [f"{name}: {finding}" for finding in findings]
        commands.put("end")
        log = (pathlib.Path(folder) / "api.log").read_text()
        if api.process.poll() is not None:
            found.append(f"the server ended: {log[-500:]}")
        else:
            api.stop()
    for finding in found:
        print(f"FINDING: {finding}")
    sys.exit(1 if found else 0)


def settled(api, first):
    """The descriptors, when those of the attacker had ten seconds to go."""
    try:
        wait_for(lambda: api.descriptors() <= first + DESCRIPTORS_SLACK, "descriptors", 10)
    except TimeoutError:
        pass
    return api.descriptors()


if __name__ == "__main__":
    main()
