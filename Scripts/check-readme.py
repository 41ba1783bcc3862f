#!/usr/bin/env python3
"""The README shows code that is compiled, every command of make that documents name exists, and every link leads somewhere."""

import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "Examples/EmbeddedContest/EmbeddedContest.swift"

names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
documents = [ROOT / name for name in names.stdout.splitlines() if name.endswith(".md") and (ROOT / name).exists()]
goals = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
wrong = []

shown = re.search(r"```swift\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)
body = EXAMPLE.read_text().split("static func main() async throws {\n")[1]
if textwrap.dedent(body.split("\n    }\n")[0]).strip() != shown.strip():
    wrong.append(f"README.md: the code is not that of {EXAMPLE.relative_to(ROOT)}")

for document in documents:
    name, text = document.relative_to(ROOT), document.read_text()
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    if name.name != "CHANGELOG.md":
        wrong += [f"{name}: there is no make {goal}" for goal in re.findall(r"`make ([a-z][\w-]*)", text) if goal not in goals]
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        path = link.split("#")[0]
        if not re.match(r"\w+:", link) and path and not (document.parent / path).exists():
            wrong.append(f"{name}: {link} leads nowhere")
for line in wrong:
    print(line, file=sys.stderr)
sys.exit(1 if wrong else 0)
