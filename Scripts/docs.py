#!/usr/bin/env python3
"""Counts which public symbols are documented, and makes the documentation of every library product.

usage: docs.py [count]

Wants a debug build. Ends with code 1 and a line for each symbol of a product that says nothing about itself. A symbol that keeps a
documented rule of a protocol is documented by it. With `count` that is all; else the pages go to .build/docs.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build/debug"
GRAPHS = ROOT / ".build/symbol-graphs"
PAGES = ROOT / ".build/docs"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], cwd=ROOT, text=True, **options)


def tool(name):
    """Of the toolchain whose compiler made the modules."""
    info = json.loads(run("Scripts/swift", "-print-target-info", capture_output=True, check=True).stdout)
    return pathlib.Path(info["paths"]["runtimeResourcePath"]).parent.parent / "bin" / name, info["target"]["unversionedTriple"]


def products():
    package = json.loads(run("Scripts/swift", "package", "dump-package", capture_output=True, check=True).stdout)
    return [name for product in package["products"] if "library" in product["type"] for name in product["targets"]]


def extract(module):
    """The module's symbol graph, from what the build left."""
    extractor, target = tool("swift-symbolgraph-extract")
    folders = {path.parent for pattern in ("*/Sources/*/include/module.modulemap", "GRDB.swift/Sources/*/module.modulemap")
               for path in (ROOT / ".build/checkouts").glob(pattern)}
    folders |= {path.parent for path in (ROOT / "Sources").glob("C*/**/module.modulemap")}
    folders |= {path for path in (ROOT / ".build/checkouts").glob("*/Sources/*/include") if path.is_dir()}
    flags = run("pkg-config", "--cflags-only-I", "libpq", "libavfilter", "libargon2", "sqlite3", capture_output=True, check=True)
    maps = [path for path in BUILD.resolve().glob("*.build/module.modulemap")]
    out = GRAPHS / module
    out.mkdir(parents=True, exist_ok=True)
    done = run(
        extractor, "-module-name", module, "-target", target, "-I", BUILD / "Modules", "-minimum-access-level", "public",
        "-skip-synthesized-members", "-output-dir", out, *(word for folder in sorted(folders) for word in ("-I", folder)),
        *(word for path in maps for word in ("-Xcc", f"-fmodule-map-file={path}")),
        *(word for flag in flags.stdout.split() for word in ("-Xcc", flag)), capture_output=True)
    if done.returncode or not (out / f"{module}.symbols.json").exists():
        sys.exit(f"{module}: {done.stderr[-2000:]}\nbuild first: Scripts/swift build --build-tests")
    for other in out.glob("*@*.json"):  # what we add to other modules' types is nobody else's to read
        other.unlink()
    return json.loads((out / f"{module}.symbols.json").read_text())


def count(module, graph):
    inherited = {edge["source"] for edge in graph["relationships"] if "sourceOrigin" in edge}
    own = [symbol for symbol in graph["symbols"] if symbol["identifier"]["precise"] not in inherited]
    silent = [symbol for symbol in own if not symbol.get("docComment", {}).get("lines")]
    print(f"{module}: {len(own)} public symbols, {len(own) - len(silent)} documented, {len(inherited)} more by their protocols")
    for symbol in silent:
        place = symbol.get("location", {})
        file = re.sub(r".*/(?=Sources/)", "", place.get("uri", "made by the compiler"))
        print(f"{file}:{place.get('position', {}).get('line', -1) + 1}: {'.'.join(symbol['pathComponents'])} is not documented")
    return len(own), len(silent)


def convert(module):
    docc, _ = tool("docc")
    done = run(
        docc, "convert", f"Sources/{module}/{module}.docc", "--additional-symbol-graph-dir", GRAPHS / module,
        "--fallback-display-name", module, "--fallback-bundle-identifier", f"anb.{module}", "--output-path",
        PAGES / f"{module}.doccarchive", "--warnings-as-errors")
    return done.returncode == 0


for folder in (GRAPHS, PAGES):
    shutil.rmtree(folder, ignore_errors=True)
PAGES.mkdir(parents=True)
modules = products()
counts = [count(module, extract(module)) for module in modules]
symbols, silent = (sum(column) for column in zip(*counts))
print(f"{symbols} public symbols in {len(modules)} modules, {symbols - silent} documented: {100 * (symbols - silent) / symbols:.1f} %")
failed = [] if sys.argv[1:] == ["count"] else [module for module in modules if not convert(module)]
if failed:
    print(f"docc complains about {', '.join(failed)}", file=sys.stderr)
elif sys.argv[1:] != ["count"]:
    archives = [PAGES / f"{module}.doccarchive" for module in modules]
    docc, _ = tool("docc")
    run(docc, "merge", *archives, "--synthesized-landing-page-name", "ANB", "--output-path", PAGES / "ANB.doccarchive", check=True)
    print(f"pages: {(PAGES / 'ANB.doccarchive').relative_to(ROOT)}; docc preview or any web server shows them")
sys.exit(1 if silent or failed else 0)
