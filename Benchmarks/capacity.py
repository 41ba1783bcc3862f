#!/usr/bin/env python3
"""What this machine bears, and how many workers a contest needs: load plans, measured; a model, checked against what was
measured but not used for it; a report with pictures in Benchmarks/results.

A quarter of an hour, or in portions by --parts; --quick takes a few minutes and writes beside --results only, to try it."""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE / "capacity"), str(HERE / "api"), str(HERE), str(ROOT / "Scripts"), str(ROOT / "Scripts/chaos")]
import api_plan  # noqa: E402
import model  # noqa: E402
import tables  # noqa: E402
import worker_plan  # noqa: E402
from anb_client import Client  # noqa: E402
from contest import clip_1080p, ffmpeg, machine  # noqa: E402
from seed import PASSWORD, Contest, psql  # noqa: E402
from servers import Ours, postgres  # noqa: E402
from tool_environment import environment  # noqa: E402

PLOTS = ("plots", "3.10.9", "matplotlib")
PARTS = ["api", "alone", "bursts", "random"]
PICTURES = ["ramp", "sustained", "clearing", "times"]


def step(text):
    print(text, file=sys.stderr, flush=True)


def clips(folder, quick):
    """The same footage in three lengths (two when quick)."""
    longest, *shorter = (30, 10) if quick else (30, 20, 10)
    whole = clip_1080p(folder, longest)
    found = {f"{longest} s": whole}
    for seconds in shorter:
        path = folder / f"clip-{seconds}.mp4"
        ffmpeg("-i", whole, "-t", seconds, "-c", "copy", path)
        found[f"{seconds} s"] = path
    return dict(sorted(found.items()))


def hash_of_password(binaries, url):
    """As the API itself makes it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Ours(binaries, url, folder)
        try:
            Client(server.port).call("POST", "/api/auth/signup", {
                "first_name": "Ana", "last_name": "Torres", "email": "ana@example.com", "password1": PASSWORD, "password2": PASSWORD,
                "city": "Cali", "country": "Colombia"}, expect=201)
        finally:
            server.stop()
    return subprocess.run(["psql", url, "-XAtqc", "SELECT password_hash FROM users"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def measure_api(options, database, folder):
    step("the API")
    psql(database(None), "CREATE DATABASE api")
    contest, url = Contest(voters=0), database("api")
    contest.seed(url, hash_of_password(options.binaries, url))
    with tempfile.TemporaryDirectory(dir=folder) as data:
        server = Ours(options.binaries, url, data)
        try:
            return api_plan.Plan(contest, server, folder, options.quick).run()
        finally:
            server.stop()


def measure_workers(options, database, folder, parts, found):
    step("workers")
    psql(database(None), "CREATE DATABASE workers")
    plan = worker_plan.Plan(options.binaries, database("workers"), folder, clips(folder, options.quick), options.quick)
    plan.run(parts, found)


def measure(options, parts, found):
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(postgres())
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if "api" in parts:
            found["api"] = measure_api(options, database, folder)
        if set(parts) - {"api"}:
            measure_workers(options, database, folder, parts, found.setdefault("workers", {}))


def write(found, path):
    path.with_suffix(".json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    if missing := set(PARTS) - set(found["loads"]):
        return step(f"no report yet: {', '.join(sorted(missing))} not measured")
    subprocess.run([environment(*PLOTS) / "bin/python", HERE / "capacity/plots.py", path.with_suffix(".json"), path], check=True)
    report = tables.document(found, {name: f"{path.name}-{name}.png" for name in PICTURES})
    path.with_suffix(".md").write_text(report)
    print(report)
    step(f"written: {path}.md")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="folder of anb-api and anb-worker, a release build")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of them: a machine may be asked in portions, which one result collects; default %(default)s")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes, to try it")
    parser.add_argument("--results", type=pathlib.Path, help="the report, without its ending; default: by date (quick: a temporary folder)")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}")
    path = options.results or (pathlib.Path(tempfile.mkdtemp(prefix="anb-capacity-")) / "capacity" if options.quick
                               else HERE / "results" / f"capacity-{tables.today()}")
    kept = path.with_suffix(".json")
    found = json.loads(kept.read_text()) if kept.exists() else {"loads": {}}
    if not {"alone"} & {*parts, *found["loads"]} and set(parts) - {"api"}:
        parser.error("the model is made from the part alone: it comes first")
    found |= {"date": tables.today(), "quick": options.quick, "machine": machine(), "model_error": model.check()}
    found["loads"] |= {part: round(os.getloadavg()[0], 1) for part in parts}
    measure(options, parts, found)
    write(found, path)


if __name__ == "__main__":
    main()
