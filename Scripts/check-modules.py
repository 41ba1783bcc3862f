#!/usr/bin/env python3
"""Who may depend on what, judged by the package's own dependency graph: nothing has to be built.

Arrows point towards ANBCore, and an embedder pays for nothing it does not use.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BACKENDS = {"ANBStorage", "ANBQueue", "ANBPersistence", "ANBMedia"}
# Target: what it may never reach, and why.
FORBIDDEN = {
    "ANBCore": (BACKENDS | {"ANBHTTP", "ANBAWS", "ANBRedis", "ANBMemoryDatabase"}, "the core knows no backend"),
    **{name: (BACKENDS - {name} | {"ANBHTTP"}, "no backend knows another") for name in BACKENDS},
    "ANBHTTP": (BACKENDS, "routes know ports only"),
}
FOREIGN = {"CFFmpeg": "libav", "CPostgres": "libpq", "CArgon2": "Argon2", "GRDB": "SQLite", "Hummingbird": "Hummingbird",
           "HummingbirdCore": "Hummingbird"}
MAY_REACH = {
    "ANBCore": set(), "ANBQueue": set(), "ANBStorage": set(), "ANBMemoryDatabase": set(), "ANBTesting": set(), "OtherWork": set(),
    "ContestInATest": set(), "OwnObjectStore": set(), "ANBMedia": {"libav"}, "MediaOnly": {"libav"},
    "ANBPersistence": {"libpq", "SQLite"}, "ANBHTTP": {"Hummingbird", "Argon2"},
}

package = json.loads(subprocess.run(
    [ROOT / "Scripts/swift", "package", "dump-package"], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
needs = {target["name"]: {(list(need.values())[0])[0] for need in target["dependencies"]} for target in package["targets"]}


def reach(name):
    found, waiting = set(), [name]
    while waiting:
        for need in needs.get(waiting.pop(), ()):
            if need not in found:
                found.add(need)
                waiting.append(need)
    return found


wrong = [f"{name} reaches {other}: {why}" for name, (others, why) in FORBIDDEN.items() for other in sorted(reach(name) & others)]
wrong += [f"{name} needs {FOREIGN[other]}" for name, allowed in MAY_REACH.items()
          for other in sorted(reach(name)) if FOREIGN.get(other, "") not in allowed | {""}]
# A product of another package may need a library of the system as well; only one of ours does.
identity = {list(need.values())[0][0]: list(need.values())[0][1] for target in package["targets"]
            for need in target["dependencies"] if "product" in need}
for manifest in (ROOT / ".build/checkouts").glob("*/Package.swift"):
    if re.search(r"^\s*\.systemLibrary\(", manifest.read_text(), re.M) and manifest.parent.name != "GRDB.swift":
        users = [name for name in MAY_REACH for other in reach(name) if identity.get(other, "") == manifest.parent.name]
        wrong += [f"{name} needs a library of the system through {manifest.parent.name}" for name in users]
for name in sorted(FORBIDDEN.keys() | MAY_REACH.keys()):
    if name not in needs:
        wrong.append(f"there is no target {name}")
for line in wrong:
    print(line, file=sys.stderr)
sys.exit(1 if wrong else 0)
