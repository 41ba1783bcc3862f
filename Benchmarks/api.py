#!/usr/bin/env python3
"""Figures of the API on this machine, beside a reference on FastAPI, in turns A B A B, on copies of one seeded PostgreSQL
database that syncs every commit. Servers, database and generator share the machine's cores: trust ratios.

Each run adds its rows to the results, so that a machine can be asked in portions (--rows)."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "api"), str(HERE), str(HERE.parent / "Scripts")]
import load  # noqa: E402
import report  # noqa: E402
from contest import padded_clip  # noqa: E402
from seed import PASSWORD, Contest, psql  # noqa: E402
from servers import ROOT, Ours, Reference, Watch, postgres, reference_python  # noqa: E402

MB, MIB = 1_000_000, 1 << 20
UPLOADS = {"upload-4x5": (4, 5), "upload-4x50": (4, 50), "upload-96x5": (96, 5)}
READS = {"ranking": "/api/public/rankings", "list": "/api/public/videos"}
PAIRED = [*READS, "mine", "vote", "hot", "login", *UPLOADS]
ROWS = ["ceiling", *PAIRED, "beside-login", "parallel", "scale"]


class Bench:
    """The two servers, and what they are asked."""

    def __init__(self, options, contest, ours, reference, folder):
        self.options, self.contest, self.folder = options, contest, pathlib.Path(folder)
        self.ours, self.reference = ours, reference
        self.turn = 0
        self.tokens = [contest.token(person) for person in range(contest.players)]

    @property
    def seconds(self):
        return 1 if self.options.quick else self.options.seconds

    def next_turn(self):
        """Of votes: two servers on two databases may use the same."""
        self.turn += 1
        return self.turn

    def requests(self, row, turn):
        count = 12_000 * max(2, self.seconds)
        match row:
            case "ranking" | "list": return READS[row]
            case "mine": return load.Requests(self.contest.my_videos())
            case "vote": return load.Requests(self.contest.spread_votes(turn, min(count, 200_000)))
            case "hot": return load.Requests(self.contest.hot_votes(turn, min(count, self.contest.voters)))
            case "login": return load.Requests(self.contest.logins(turn))
        raise ValueError(row)

    def paired(self, row):
        """Ours, the reference, ours, the reference; medians and the ratio of each pair."""
        found = {"ours": [], "reference": []}
        for pair in range(1 if self.options.quick else self.options.pairs):
            turn = self.next_turn()
            for server in (self.ours, self.reference):
                found[server.name].append(self.measure(server, row, turn))
                print(f"  {row} {server.name}: {report.short(found[server.name][-1])}", file=sys.stderr, flush=True)
        return found

    def measure(self, server, row, turn):
        if row in UPLOADS:
            size, clients = UPLOADS[row]
            clip = padded_clip(self.folder, size * (MB if not self.options.quick else MB // 4))
            with Watch(server.tree) as watch:
                figures = load.upload(server.port, clip, self.tokens, clients, self.seconds if size < 50 else 2 * self.seconds)
            server.clear_uploads()
        else:
            requests, connections = self.requests(row, turn), 16 if row == "login" else 64
            if row not in ("vote", "hot", "login"):
                load.ask(server.port, requests, 1, connections)
            with Watch(server.tree) as watch:
                figures = load.ask(server.port, requests, self.seconds, connections)
        return {**figures, "peak": watch.peak / MIB, "cores": watch.cores}

    # --- ours alone

    def ceiling(self):
        """What the generator gets when hardly anything is done for a request."""
        return {"ours": [load.ask(self.ours.port, "/health", self.seconds)]}

    def beside_login(self):
        """The p99 of every other route while people log in without a pause."""
        found = {}
        for row in ("ranking", "list", "mine", "vote"):
            quiet, busy = [], []
            for _ in range(1 if self.options.quick else 2):
                quiet.append(load.ask(self.ours.port, self.requests(row, self.next_turn()), self.seconds, 16))
                requests, logins = self.requests(row, self.next_turn()), self.requests("login", self.turn)
                people = load.Wrk(self.ours.port, logins, self.seconds + 1, 8)
                time.sleep(0.5)
                busy.append(load.ask(self.ours.port, requests, self.seconds, 16))
                busy[-1]["logins"] = people.result()["rate"]
            found[row] = {"quiet": quiet, "busy": busy}
            print(f"  beside-login {row}: p99 {quiet[-1]['p99']:.2f} -> {busy[-1]['p99']:.2f} ms", file=sys.stderr, flush=True)
        return found

    def parallel(self):
        """Memory above idle under parallel uploads of the largest size."""
        count = 8 if self.options.quick else 64
        clip = padded_clip(self.folder, 100 * MB)
        idle = self.ours.tree.resident()
        with Watch(self.ours.tree) as watch:
            figures = load.upload(self.ours.port, clip, self.tokens, count, 0, each=1)
        self.ours.clear_uploads()
        return {"ours": [{**figures, "count": count, "idle": idle / MIB, "above": (watch.peak - idle) / MIB}]}


def scale(options, database, hash, folder):
    """The ranking, read from the database for every request, with few votes and with many."""
    found = {}
    with contextlib.ExitStack() as stack:
        servers = {}
        for votes in (10_000, 100_000 if options.quick else 1_000_000):
            url = seeded(options, database, hash, f"votes{votes}", Contest(votes=votes, voters=10_000))
            data = stack.enter_context(tempfile.TemporaryDirectory())
            servers[votes] = Ours(options.binaries, url, data, RANKING_CACHE_TTL_SECONDS="0", LOG_LEVEL="warning")
            stack.callback(servers[votes].stop)
        for _ in range(1 if options.quick else options.pairs):
            for votes, server in servers.items():
                load.ask(server.port, READS["ranking"], 1, 8)
                figures = load.ask(server.port, READS["ranking"], 1 if options.quick else options.seconds, 8)
                found.setdefault(str(votes), []).append(figures)
                print(f"  scale {votes}: {report.short(figures)}", file=sys.stderr, flush=True)
    return found


# --- setting up

def seeded(options, database, hash, name, contest):
    psql(database(None), f"CREATE DATABASE {name}")
    subprocess.run([pathlib.Path(options.binaries) / "anb-api", "migrate"], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "DATABASE_URL": database(name)})
    contest.seed(database(name), hash)
    return database(name)


def copied(database, name, copy):
    psql(database(None), f"CREATE DATABASE {copy} TEMPLATE {name}")
    psql(database(copy), "VACUUM ANALYZE")
    return database(copy)


def password_hash():
    make = f"import argon2; print(argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash({PASSWORD!r}))"
    return subprocess.run([reference_python(), "-c", make], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} × {model}, {platform.system()} {platform.release()}"


def run(options, rows, found):
    """Adds to `found` as it goes, so that what was measured is not lost with what fails later."""
    hash = password_hash()
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(postgres())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        if set(rows) != {"scale"}:
            contest = Contest(voters=20_000 if options.quick else 60_000)
            ours = seeded(options, database, hash, "ours", contest)
            reference = copied(database, "ours", "reference")
            data = [stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(2)]
            servers = Ours(options.binaries, ours, data[0]), Reference(reference, data[1], options.reference_workers)
            for server in servers:
                stack.callback(server.stop)
            bench = Bench(options, contest, *servers, folder)
            found["idle"] = {server.name: server.tree.resident() / MIB for server in servers}
            for row in (row for row in rows if row != "scale"):
                print(row, file=sys.stderr, flush=True)
                found[row] = bench.paired(row) if row in PAIRED else getattr(bench, row.replace("-", "_"))()
        if "scale" in rows:
            found["scale"] = scale(options, database, hash, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="folder of anb-api, a release build")
    parser.add_argument("--rows", help=f"some of {','.join(ROWS)}; default: all")
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement; uploads of 96 MB twice that")
    parser.add_argument("--pairs", type=int, default=3, help="turns of each server")
    parser.add_argument("--reference-workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a second of each, small uploads: to try it; nothing is written")
    parser.add_argument("--results", type=pathlib.Path, help="the file, without its ending; default: by date")
    options = parser.parse_args()
    rows = options.rows.split(",") if options.rows else ROWS
    if unknown := set(rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(unknown)}")
    if subprocess.run([ROOT / "Scripts/install-deps.sh", "bench"]).returncode:
        sys.exit("packages are missing")
    # A day's runs belong together, by the day on which they begin.
    path = options.results or HERE / "results" / f"api-{datetime.date.today()}"
    found = {"machine": f"{machine()}; load {os.getloadavg()[0]:.1f} before the start"}
    try:
        run(options, rows, found)
    finally:
        if set(found) & set(ROWS):
            keep(options, path, found)


def keep(options, path, found):
    if not options.quick:
        kept = path.with_suffix(".json")
        found = {**(json.loads(kept.read_text()) if kept.exists() else {}), **found}
        kept.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        path.with_suffix(".md").write_text(report.table(found, options))
    print(report.table(found, options))


if __name__ == "__main__":
    main()
