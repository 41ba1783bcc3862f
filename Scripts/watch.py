#!/usr/bin/env python3
"""Builds and runs the tests of a module whenever one of its files changes; ends with Ctrl-C.

usage: watch.py
"""

import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("Sources", "Tests", "Examples")
# Targets without tests of their own are tried by these.
TRIED_BY = {
    "ANBMemoryDatabase": "ANBPersistenceTests", "ANBPage": "ANBHTTPTests", "ANBTesting": "ANBPersistenceTests",
    "anb-api": "ANBCompositionTests", "anb-worker": "ANBCompositionTests", "Simulation": "SimulationTests",
    "CSandbox": "ANBMediaTests", "CFFmpeg": "ANBMediaTests", "CPostgres": "ANBPersistenceTests", "CArgon2": "ANBHTTPTests",
    "AWSTestServer": "ANBAWSTests", "RedisTestServer": "ANBRedisTests", "PostgresTestServer": "ANBPersistenceTests",
}


def times():
    return {path: path.stat().st_mtime_ns for folder in FOLDERS for path in (ROOT / folder).rglob("*")
            if path.suffix in (".swift", ".c", ".h", ".js", ".css", ".html", ".txt") and path.is_file()}


def tests(path):
    target = path.relative_to(ROOT).parts[1]
    if target.endswith("Tests"):
        return target
    own = f"{target}Tests"
    return TRIED_BY.get(target, own if (ROOT / "Tests" / own).is_dir() else target)


def swift(*words):
    return subprocess.run(["Scripts/swift", *words], cwd=ROOT).returncode == 0


print("waiting for a change")
before = times()
while True:
    time.sleep(0.5)
    now = times()
    changed = [path for path in now.keys() | before.keys() if now.get(path) != before.get(path)]
    before = now
    if not changed:
        continue
    began = time.monotonic()
    targets = sorted({tests(path) for path in changed})
    print(f"\n--- {', '.join(str(path.relative_to(ROOT)) for path in changed[:5])}: {', '.join(targets)}", flush=True)
    # A build that failed leaves the old binary, which would say that all is well.
    ended = swift("build", "--build-tests") and all(
        swift("test", "--skip-build", *(["--no-parallel"] if target == "EndToEndTests" else []), "--filter", f"^{target}\\.")
        for target in targets)
    print(f"--- {'passed' if ended else 'FAILED'} after {time.monotonic() - began:.0f} s", flush=True)
