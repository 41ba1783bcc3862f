#!/usr/bin/env python3
"""Every test that Docs/Security/ASVS.md names must exist; a row without one proves nothing."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "Docs/Security/ASVS.md"

tests = set()
for path in (ROOT / "Tests").rglob("*.swift"):
    text = path.read_text()
    suites = re.findall(r"^(?:@Suite[^\n]* )?(?:struct|class|final class) (\w+)", text, re.M)
    # From an attribute to its function there is no other function.
    cases = re.findall(r"@Test(?:(?!\bfunc\b).)*?\bfunc (\w+)\(", text, re.S)
    tests |= {f"{suite}.{case}" for suite in suites for case in cases}

rows = [line for line in DOCUMENT.read_text().splitlines() if re.match(r"\| \d", line)]
wrong = [f"{name} does not exist" for line in rows for name in re.findall(r"`(\w+\.\w+)`", line) if name not in tests]
wrong += [f"no test in: {line}" for line in rows if not re.search(r"`\w+\.\w+`", line)]
for line in wrong:
    print(f"{DOCUMENT.relative_to(ROOT)}: {line}", file=sys.stderr)
if not rows:
    sys.exit(f"{DOCUMENT.relative_to(ROOT)} has no rows")
sys.exit(1 if wrong else 0)
