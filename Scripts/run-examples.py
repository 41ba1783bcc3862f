#!/usr/bin/env python3
"""Runs the example programs, and looks at what they load: an embedder pays only for what it uses.

usage: run-examples.py FOLDER_OF_BINARIES
"""

import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

BINARIES = pathlib.Path(sys.argv[1])
SECONDS = 120
# What no program loads that does not ask for it.
FOREIGN = {"libav": r"lib(avcodec|avformat|avfilter|avutil|swscale)\.so", "libpq": r"libpq\.so", "SQLite": r"libsqlite3\.so", "Argon2": r"libargon2\.so"}
MAY_LOAD = {"OtherWork": set(), "MediaOnly": {"libav"}, "EmbeddedContest": {"libav", "Argon2"}}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout


def check_libraries(name):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", str(BINARIES / name)))
    assert any(library.startswith("libc.so") for library in needed), f"{name} loads nothing: {needed}"
    wrong = [what for what, pattern in FOREIGN.items()
             if what not in MAY_LOAD[name] and any(re.match(pattern, library) for library in needed)]
    assert not wrong, f"{name} loads {wrong}: {needed}"


def other_work():
    assert run(BINARIES / "OtherWork").count("is on its way") == 3


def media_only(folder):
    clip = folder / "clip.mp4"
    run("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=2", "-pix_fmt", "yuv420p", str(clip))
    output = folder / "made" / "here"
    said = run(BINARIES / "MediaOnly", str(clip), str(output))
    assert "640 × 360, h264" in said and (output / "360p.mp4").stat().st_size > 0, said
    for arguments, code, words in [([__file__, output], 65, "media_rejected"), ([folder / "none.mp4", output], 65, "not_found"),
                                   ([], 64, "usage: MediaOnly")]:
        refused = subprocess.run([BINARIES / "MediaOnly", *arguments], capture_output=True, text=True, timeout=SECONDS)
        assert refused.returncode == code and words in refused.stderr and refused.stderr.count("\n") == 1, refused


def embedded_contest():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([BINARIES / "EmbeddedContest"], env={"PORT": str(port)}, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                assert get(port, "/hello") == "a route of my own"
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, "EmbeddedContest does not listen"
                time.sleep(0.05)
        assert get(port, "/api/public/videos") == "[]" and "<main" in get(port, "/")
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=SECONDS) == 0
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS) as answer:
        return answer.read().decode()


with tempfile.TemporaryDirectory() as folder:
    for name in MAY_LOAD:
        check_libraries(name)
    other_work()
    media_only(pathlib.Path(folder))
    embedded_contest()
print("examples: 3 programs ran and load only what they use")
