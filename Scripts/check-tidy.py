#!/usr/bin/env python3
"""Rules of the house that neither the compiler nor the formatter knows."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES_MAX = 320
# What reads the wall clock, waits, or draws lots: libraries take WallClock and IDGenerator instead. Elapsed time may be measured.
IMPURE = re.compile(r"\bDate\(\)|\bDate\.now\b|timeIntervalSinceNow|\bTask\.sleep\b|\bUUID\(\)|\.random\(in|\brandomElement\b"
                    r"|\.shuffled\(|SystemRandomNumberGenerator|gettimeofday|\btime\(nil\)")
LIBRARIES = ("ANBCore", "ANBStorage", "ANBQueue", "ANBMemoryDatabase", "ANBPersistence", "ANBMedia", "ANBHTTP", "ANBAWS", "ANBRedis",
             "ANBTelemetry", "ANBTesting")
HOMES = {
    "ANBCore/Ports/Environment.swift": "the home of both",
    "ANBTesting/ManualClock.swift": "its patience with a test that hangs",
    "ANBTesting/SequentialIDs.swift": "chance from a seed",
    "ANBTesting/ChunkSources.swift": "a source that never ends",
    "ANBTesting/ObjectStoreSuite+Deleting.swift": "a name that no other test run has",
    "ANBQueue/ThrowawayQueues.swift": "a name that no other run has",
    "ANBQueue/SQS/SQSSettings.swift": "a name that no other run has",
    "ANBStorage/ProcessFolder.swift": "a name that no other process has",
    "ANBMedia/Pipeline/BoundedQueue.swift": "a condition waits by the system's clock only",
    "ANBTelemetry/Traces/TraceID.swift": "names of spans decide nothing",
    "ANBTelemetry/Metrics/EventLoopLag.swift": "it measures the time that passes",
}
FORBIDDEN = [
    (re.compile(r"\btry!|\bas! |\bfatalError\("), "ends the process"),
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "unfinished"),
]
UNPROVEN = re.compile(r"@unchecked Sendable|nonisolated\(unsafe\)")
MACHINE = re.compile(r"(?:^|[\s\"'=:(`])/(home|root|Users|work)/[A-Za-z]|\b[\w-]+\.(corp|lan)\b")
# Loopback, private, link-local, documentation, and versions that look like addresses.
ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")
PRIVATE = re.compile(r"^(127|10|0|192\.0\.2|198\.51\.100|203\.0\.11\d|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168)\.|^(203\.0\.99|1\.2\.3|128\.0\.0|11\.0\.0|4\.)")
NAMELESS = re.compile(r"(Utils?|Helpers?|Manager|Common)\.swift$")

files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
wrong = []


def code(line):
    return re.sub(r"//.*", "", line)


for name in files:
    path = ROOT / name
    if path.suffix in (".png", ".pdf") or not path.is_file():
        continue
    lines = path.read_text(errors="replace").splitlines()
    inside = name.removeprefix("Sources/")
    swift = name.endswith(".swift")
    if swift and len(lines) > LINES_MAX:
        wrong.append(f"{name}: {len(lines)} lines; at most {LINES_MAX} are read in one sitting")
    if NAMELESS.search(name):
        wrong.append(f"{name}: the name does not say what is inside")
    for number, line in enumerate(lines, 1):
        if name != "Scripts/check-tidy.py" and MACHINE.search(line):
            wrong.append(f"{name}:{number}: a path or host of one machine")
        for address in ADDRESS.findall(line):
            if max(map(int, address.split("."))) < 256 and not PRIVATE.search(address):
                wrong.append(f"{name}:{number}: {address} is somebody's address")
        if not swift:
            continue
        if name.startswith("Examples/") and "@testable" in line:
            wrong.append(f"{name}:{number}: examples see what everybody sees")
        if name.startswith("Sources/"):
            if inside.split("/")[0] in LIBRARIES and inside not in HOMES and IMPURE.search(code(line)):
                wrong.append(f"{name}:{number}: {IMPURE.search(code(line)).group()}: take WallClock or IDGenerator")
            wrong += [f"{name}:{number}: {what}: {pattern.search(line).group()}" for pattern, what in FORBIDDEN
                      if pattern.search(line if what == "unfinished" else code(line))]
            if UNPROVEN.search(code(line)) and "//" not in line and not (number > 1 and "//" in lines[number - 2]):
                wrong.append(f"{name}:{number}: {UNPROVEN.search(line).group()} without a line that proves it")

wrong += [f"{name} is excused in Scripts/check-tidy.py and gone" for name in HOMES if not (ROOT / "Sources" / name).exists()]
for line in wrong:
    print(line, file=sys.stderr)
sys.exit(1 if wrong else 0)
