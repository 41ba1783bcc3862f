#!/usr/bin/env python3
"""Votes, proved: every (voter, video) pair is sent five times over 200 connections while the API is killed again and again.

Afterwards every acknowledged pair must be there, none twice and none that nobody sent; the board, the votes and the ledger
must agree by `anb-api votes recount`, and no answer may have been a 500. At the end the counting itself is put to the
proof: a vote is taken away and a number raised by hand, and the recount has to find both.

PostgreSQL is real and synced to the disk; voters and videos are put there by SQL, so that nothing but voting takes time.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "chaos"))
sys.path.insert(0, str(HERE))

from backends import Postgres  # noqa: E402
from proof_server import API, seed  # noqa: E402

DATABASE = "votes"
REPEATS = 5
ANSWER_SECONDS_MAX = 60


class Election:
    """What is sent, by whom, and what was answered."""

    def __init__(self, api, tokens, videos, connections, seed_number):
        self.api, self.tokens, self.connections = api, tokens, connections
        self.ballots = [(voter, video) for voter in tokens for video in videos] * REPEATS
        random.Random(seed_number).shuffle(self.ballots)
        self.pairs = set(self.ballots)
        self.lock = threading.Lock()
        self.next = 0
        self.statuses = collections.Counter()
        self.counted, self.repeated, self.failures = collections.Counter(), set(), []

    def run(self):
        threads = [threading.Thread(target=self._client, daemon=True) for _ in range(self.connections)]
        for thread in threads:
            thread.start()
        return threads

    def _client(self):
        connection = None
        while True:
            with self.lock:
                if self.next >= len(self.ballots):
                    return
                voter, video = self.ballots[self.next]
                self.next += 1
            deadline = time.monotonic() + ANSWER_SECONDS_MAX
            while True:
                try:
                    if connection is None:
                        connection = http.client.HTTPConnection("127.0.0.1", self.api.port, timeout=20)
                    connection.request(
                        "POST", f"/api/public/videos/{video}/vote", headers={"Authorization": f"Bearer {self.tokens[voter]}"})
                    answer = connection.getresponse()
                    body = answer.read()
                    if answer.status != 503:
                        break
                    with self.lock:
                        self.statuses[503] += 1
                except (OSError, http.client.HTTPException):
                    if connection is not None:
                        connection.close()
                    connection = None
                if time.monotonic() > deadline:
                    with self.lock:
                        self.failures.append(f"no answer for {voter} {video} within {ANSWER_SECONDS_MAX} s")
                    return
                time.sleep(0.02)
            self._note((voter, video), answer.status, body)

    def _note(self, pair, status, body):
        with self.lock:
            self.statuses[status] += 1
            if status == 200:
                self.counted[pair] += 1
            elif status == 400 and json.loads(body).get("code") == "conflict":
                self.repeated.add(pair)
            else:
                self.failures.append(f"{status} for {pair}: {body[:200]!r}")


def judge(postgres, api, election):
    """What must be nought, by name."""
    rows = postgres.rows(DATABASE, "SELECT voter_id, video_id FROM votes")
    there = collections.Counter((row["voter_id"], row["video_id"]) for row in rows)
    lines = postgres.rows(DATABASE, "SELECT voter_id, video_id, count(*) AS n FROM vote_events GROUP BY 1, 2")
    ledger = {(row["voter_id"], row["video_id"]): row["n"] for row in lines}
    board = {row["id"]: row["votes"] for row in postgres.rows(DATABASE, "SELECT id, votes FROM videos")}
    cast = collections.Counter(video for _, video in there)
    acknowledged = set(election.counted) | election.repeated
    code, text = api.command("votes", "recount")
    chain, chain_text = api.command("audit", "verify")
    return {
        "acknowledged pairs missing": len(acknowledged - set(there)),
        "pairs never answered": len(election.pairs - acknowledged),
        "pairs twice": sum(count > 1 for count in there.values()),
        "pairs acknowledged as new twice": sum(count > 1 for count in election.counted.values()),
        "pairs nobody sent": len(set(there) - election.pairs),
        "pairs without exactly one line in the ledger": sum(ledger.get(pair) != 1 for pair in there) + len(set(ledger) - set(there)),
        "videos whose count is wrong": sum(board[video] != cast[video] for video in board),
        "answers 500": election.statuses[500],
        "other failures": len(election.failures),
        f"recount says: {text}": code,
        f"audit says: {chain_text[:60]}": chain,
    }


def prove_recount(postgres, api, election):
    """The recount itself: does it see what was done by hand?"""
    voter, video = next(iter(election.pairs))
    missed = []
    for what, sql in (
            ("a vote taken away", f"DELETE FROM votes WHERE voter_id = '{voter}' AND video_id = '{video}'"),
            ("a number raised", f"UPDATE videos SET votes = votes + 1 WHERE id <> '{video}'"),
            ("a player's total raised", "UPDATE player_tallies SET votes = votes + 1")):
        postgres.execute(DATABASE, sql)
        code, text = api.command("votes", "recount")
        if code != 1 or (video not in text and "video:" not in text):
            missed.append(f"{what}: exit code {code}, {text[:200]}")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--votes", type=int, default=10_000, help="pairs; each is sent five times")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    video_count = 20
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="anb-votes-") as folder:
        os.chmod(folder, 0o755)
        postgres = Postgres(pathlib.Path(folder) / "postgres")
        try:
            postgres.execute("postgres", f"CREATE DATABASE {DATABASE}")
            api = API(arguments.binaries, folder, DATABASE_URL=postgres.url_of(DATABASE))
            api.start()
            tokens, videos = seed(
                lambda sql: postgres.execute(DATABASE, sql), arguments.votes // video_count, video_count)
            election = Election(api, tokens, videos, arguments.connections, arguments.seed)
            voting = time.monotonic()
            threads = election.run()
            total = len(election.ballots)
            for kill in range(1, arguments.kills + 1):
                while election.next < total * kill // (arguments.kills + 1):
                    if not any(thread.is_alive() for thread in threads):
                        break
                    time.sleep(0.005)
                api.kill()
                api.start()
            for thread in threads:
                thread.join(timeout=600)
            seconds = time.monotonic() - voting
            findings = judge(postgres, api, election)
            missed = prove_recount(postgres, api, election)
            api.stop()
        finally:
            postgres.stop("immediate")
        print(f"seed {arguments.seed}: {len(election.pairs)} pairs, {total} requests over {arguments.connections} connections, "
              f"{arguments.kills} kills, {seconds:.1f} s of voting, {time.monotonic() - started:.1f} s in all")
        print("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(election.statuses.items())))
        for what, count in findings.items():
            print(f"| {what} | {count} |")
        for line in election.failures[:10] + missed:
            print(f"FINDING: {line}")
        print(f"the recount saw {3 - len(missed)} of 3 things done by hand")
        sys.exit(1 if any(findings.values()) or missed else 0)


if __name__ == "__main__":
    main()
