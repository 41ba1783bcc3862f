#!/usr/bin/env python3
"""PostgreSQL restarted again and again under sign-ups, votes, uploads and lists: what was acknowledged must be there.

Every second restart is a crash (immediate, no checkpoint). After each the API has to be ready within five seconds of the
database taking connections. Nothing may answer 500; 503 is what an outage looks like, and clients try again.
"""

import argparse
import collections
import http.client
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "chaos"))
sys.path.insert(0, str(HERE))

from backends import Postgres, wait_for  # noqa: E402
from proof_server import API, seed  # noqa: E402

DATABASE = "restarts"
READY_SECONDS_MAX = 5
PASSWORD = "un aro en el parque 7"


class Load:
    """People who do one thing after the other, and note what they were told."""

    def __init__(self, api, tokens, videos, clip):
        self.api, self.tokens, self.videos, self.clip = api, tokens, videos, clip.read_bytes()
        self.ending, self.lock = threading.Event(), threading.Lock()
        self.acknowledged = {"sign-ups": set(), "votes": set(), "uploads": set()}
        self.statuses = collections.defaultdict(collections.Counter)
        self.findings = []
        self.threads = []

    def start(self):
        pairs = iter([(voter, video) for video in self.videos for voter in self.tokens])
        players = itertools.cycle(self.tokens)
        works = [lambda: self.vote(pairs)] * 6 + [self.sign_up] * 2 + [lambda: self.upload(players)] * 2 + [self.look] * 3
        for work in works:
            thread = threading.Thread(target=self._repeat, args=(work,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(timeout=90)
        if any(thread.is_alive() for thread in self.threads):
            self.findings.append("a client did not come to its end")

    def _repeat(self, work):
        while not self.ending.is_set():
            try:
                if work() is False:
                    return
            except (OSError, http.client.HTTPException) as failure:
                self._note("connections", type(failure).__name__)
                time.sleep(0.1)

    def _ask(self, kind, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.api.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        self._note(kind, answer.status)
        if answer.status == 503:
            time.sleep(0.1)
        elif answer.status >= 500:
            self.findings.append(f"{answer.status} for {method} {path}: {data[:200]!r}")
        return answer.status, json.loads(data) if data else {}

    def _note(self, kind, what):
        with self.lock:
            self.statuses[kind][what] += 1

    def vote(self, pairs):
        with self.lock:
            pair = next(pairs, None)
        if pair is None:
            self.findings.append("the votes ran out before the restarts")
            return False
        voter, video = pair
        status, body = self._ask(
            "votes", "POST", f"/api/public/videos/{video}/vote", headers={"Authorization": f"Bearer {self.tokens[voter]}"})
        # "Voted before" acknowledges what an answer that was lost did not.
        if status == 200 or status == 400 and body.get("code") == "conflict":
            self.acknowledged["votes"].add(pair)
        return True

    def sign_up(self):
        email = f"{uuid.uuid4().hex}@example.com"
        form = {"first_name": "Ana", "last_name": "Player", "email": email, "password1": PASSWORD, "password2": PASSWORD,
                "city": "Cali", "country": "Colombia"}
        status, _ = self._ask("sign-ups", "POST", "/api/auth/signup", json.dumps(form), {"Content-Type": "application/json"})
        if status == 201:
            self.acknowledged["sign-ups"].add(email)
        time.sleep(0.05)

    def upload(self, players):
        with self.lock:
            player = next(players)
        boundary = uuid.uuid4().hex
        body = (f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nGol\r\n--{boundary}\r\nContent-Disposition: '
                f'form-data; name="video_file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n').encode() \
            + self.clip + f"\r\n--{boundary}--\r\n".encode()
        status, answer = self._ask("uploads", "POST", "/api/videos/upload", body, {
            "Content-Type": f"multipart/form-data; boundary={boundary}", "Authorization": f"Bearer {self.tokens[player]}"})
        if status == 202:
            self.acknowledged["uploads"].add((answer["video_id"], answer["task_id"]))
        elif status not in (500, 503):
            self.findings.append(f"{status} for an upload: {answer}")
        time.sleep(0.1)

    def look(self):
        token = next(iter(self.tokens.values()))
        self._ask("lists", "GET", "/api/public/rankings?limit=10")
        self._ask("lists", "GET", "/api/public/videos?limit=10")
        self._ask("lists", "GET", "/api/videos", headers={"Authorization": f"Bearer {token}"})
        time.sleep(0.02)


def judge(postgres, api, load):
    def column(sql):
        return {tuple(row.values()) if len(row) > 1 else next(iter(row.values())) for row in postgres.rows(DATABASE, sql)}

    emails, votes = column("SELECT email FROM users"), column("SELECT voter_id, video_id FROM votes")
    jobs = column("SELECT v.id, j.id AS job FROM videos v JOIN jobs j ON j.id = v.job_id")
    keys = postgres.rows(DATABASE, "SELECT id, original_key FROM videos WHERE original_sha256 <> '-'")
    # The file system store marks folders with a plus.
    files = {row["id"]: row["original_key"].split("/") for row in keys}
    absent = [id for id, (*folders, name) in files.items()
              if not api.folder.joinpath("objects", *[f"{folder}+" for folder in folders], name).is_file()]
    code, text = api.command("votes", "recount")
    return {
        "sign-ups lost": len(load.acknowledged["sign-ups"] - emails),
        "votes lost": len(load.acknowledged["votes"] - votes),
        "uploads lost": len(load.acknowledged["uploads"] - jobs),
        "uploads without their object": len(absent),
        "answers 500": sum(counts[500] for counts in load.statuses.values()),
        f"recount says: {text[:80]}": code,
        "other findings": len(load.findings),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=3, help="of load between two restarts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anb-restarts-") as folder:
        os.chmod(folder, 0o755)
        clip = pathlib.Path(folder) / "clip.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=1.5", "-pix_fmt", "yuv420p",
                        clip], check=True, timeout=60)
        postgres = Postgres(pathlib.Path(folder) / "postgres")
        waits = []
        try:
            postgres.execute("postgres", f"CREATE DATABASE {DATABASE}")
            api = API(arguments.binaries, folder, DATABASE_URL=postgres.url_of(DATABASE), RATE_LIMIT_SIGNUP_NETWORK="off")
            api.start()
            tokens, videos = seed(lambda sql: postgres.execute(DATABASE, sql), 300, 200)
            load = Load(api, tokens, videos, clip)
            load.start()
            for restart in range(arguments.restarts):
                time.sleep(arguments.seconds)
                postgres.stop("immediate" if restart % 2 else "fast")
                time.sleep(0.3)
                postgres.start()
                started = time.monotonic()
                wait_for(lambda: api.send("GET", "/ready")[0] == 200, "the API to be ready", 60, every=0.02)
                waits.append(time.monotonic() - started)
            time.sleep(arguments.seconds)
            load.end()
            findings = judge(postgres, api, load)
            findings[f"restarts with the API not ready within {READY_SECONDS_MAX} s"] = sum(
                wait > READY_SECONDS_MAX for wait in waits)
            api.stop()
        except BaseException:
            print((pathlib.Path(folder) / "api.log").read_text()[-3000:], file=sys.stderr)
            raise
        finally:
            postgres.stop("immediate")
    print(f"{arguments.restarts} restarts; ready after {sorted(waits)[len(waits) // 2]:.2f} s (median), {max(waits):.2f} s (longest)")
    print("| load | acknowledged | answers |\n|---|---|---|")
    for kind in sorted(load.statuses):
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(load.statuses[kind].items(), key=str))
        print(f"| {kind} | {len(load.acknowledged.get(kind, []))} | {answers} |")
    for what, count in findings.items():
        print(f"| {what} | {count} | |")
    for line in load.findings[:10]:
        print(f"FINDING: {line}")
    sys.exit(1 if any(findings.values()) else 0)


if __name__ == "__main__":
    main()
