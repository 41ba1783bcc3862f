#!/usr/bin/env python3
"""Sends the hostile corpus through `anb-worker process`, one file after another, and counts what it did.

usage: run-hostile.py --worker PROGRAM [--short] [--keep FOLDER] [--table]

Fails unless every decision equals the manifest, each refusal is one sentence within 5 s and 300 MiB, no process died,
nobody knocked at the canary's port, and nobody opened the planted files."""
import argparse
import ctypes
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

REFUSAL_SECONDS_MAX = 5.0
REFUSAL_BYTES_MAX = 300 << 20
FILE_SECONDS_MAX = 120
TOKEN = b"planted-secret-7f4df1c0c0ffee"


class Canary:
    """A server on loopback, for TCP and UDP, that expects no one."""

    def __init__(self):
        self.visits = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.receive, daemon=True).start()

    def listen(self):
        while True:
            connection, _ = self.listener.accept()
            self.visits += 1
            connection.close()

    def receive(self):
        while True:
            self.datagrams.recv(1)
            self.visits += 1

    def prove(self):
        """It hears a visitor, or its silence would mean nothing."""
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.datagrams.sendto(b"x", ("127.0.0.1", self.port))
        deadline = time.monotonic() + 5
        while self.visits < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.visits == 2, "the canary does not hear"
        self.visits = 0


class Watch:
    """Counts openings and readings of files, by inotify."""

    OPENED_OR_READ = 0x20 | 0x1

    def __init__(self, paths):
        library = ctypes.CDLL(None, use_errno=True)
        self.descriptor = library.inotify_init1(os.O_NONBLOCK)
        assert self.descriptor >= 0
        for path in paths:
            assert library.inotify_add_watch(self.descriptor, path.encode(), self.OPENED_OR_READ) >= 0
        for path in paths:
            with open(path, "rb") as file:
                file.read(1)
            assert self.events() >= 1, "the watch does not see"

    def events(self):
        count = 0
        while True:
            try:
                data = os.read(self.descriptor, 65536)
            except BlockingIOError:
                return count
            while data:
                length = struct.unpack_from("iIII", data)[3]
                data = data[16 + length:]
                count += 1


class Run:
    """One file through the worker."""

    def __init__(self, worker, path, folder, environment):
        started = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen([worker, "process", path, "--output", folder], stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                                       env=environment)
            timer = threading.Timer(FILE_SECONDS_MAX, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            err.seek(0)
            self.reason = err.read().decode(errors="replace").strip()
        self.seconds = time.monotonic() - started
        self.code = process.returncode
        # The worker's or its child's, whichever is larger.
        self.bytes = usage.ru_maxrss << 10

    def faults(self, case, folder):
        """What is wrong with this run, in words."""
        if self.code not in (0, 65):
            yield f"ended with {self.code}: {self.reason}"
            return
        decision = "accept" if self.code == 0 else "refuse"
        if case["expect"] not in ("either", decision):
            yield f"{decision} instead of {case['expect']}: {self.reason}"
        left = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        if decision == "accept":
            if left != ["480p.mp4", "720p.mp4", "poster.jpg", "report.json", "thumbnail.jpg"]:
                yield f"left {left}"
            return
        if left:
            yield f"refused, but left {left}"
        if case["reason"] and case["reason"] not in self.reason:
            yield f"the reason is not \"{case['reason']}\" but: {self.reason}"
        sentence = self.reason
        if not (15 <= len(sentence) <= 160 and sentence[0].isupper() and sentence[-1] == "." and "/" not in sentence and "\n" not in sentence):
            yield f"no clear sentence: {sentence}"
        if self.seconds > REFUSAL_SECONDS_MAX:
            yield f"took {self.seconds:.1f} s"
        if self.bytes > REFUSAL_BYTES_MAX:
            yield f"took {self.bytes >> 20} MiB"


def holds_token(folder):
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name), "rb") as file:
            if TOKEN in file.read():
                return True
    return False


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True, stdin=subprocess.DEVNULL)


def plant(folder):
    """A text and a video that nobody may read; a short bumper, to be quick."""
    secret, segment, bumper = (os.path.join(folder, name) for name in ("secret.txt", "segment.ts", "bumper.mp4"))
    with open(secret, "wb") as file:
        file.write(TOKEN)
    ffmpeg("-f", "lavfi", "-i", "color=magenta:s=320x180:r=30:d=2", "-c:v", "libx264", "-preset", "ultrafast", segment)
    ffmpeg("-f", "lavfi", "-i", "color=purple:s=320x180:r=30:d=0.2", "-c:v", "libx264", "-preset", "ultrafast", bumper)
    return secret, segment, bumper


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--keep", help="make the corpus here and leave it")
    parser.add_argument("--table", action="store_true", help="print every decision")
    options = parser.parse_args()
    home = tempfile.mkdtemp(prefix="anb-hostile-")
    try:
        sys.exit(run(options, home))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(options, home):
    # Nothing that a decoder could be made to write may fill the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    canary = Canary()
    canary.prove()
    secret, segment, bumper = plant(home)
    corpus = options.keep or os.path.join(home, "corpus")
    maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make-hostile.py")
    subprocess.run([sys.executable, maker, corpus, "--canary", str(canary.port), "--secret", secret, "--segment", segment,
                    *(["--short"] if options.short else [])], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(corpus, "manifest.json")) as file:
        cases = json.load(file)
    watch = Watch([secret, segment])
    environment = {"PATH": os.environ["PATH"], "ANB_INOUT_PATH": bumper, "ANB_DATA_DIR": os.path.join(home, "data")}
    faults, refusals, accepted = [], [], 0
    for case in cases:
        folder = os.path.join(home, "out")
        result = Run(options.worker, os.path.join(corpus, case["name"]), folder, environment)
        found = list(result.faults(case, folder))
        if holds_token(folder):
            found.append("the secret is in an output")
        shutil.rmtree(folder, ignore_errors=True)
        faults += [f"{case['name']}: {fault}" for fault in found]
        accepted += result.code == 0
        if result.code == 65:
            refusals.append(result)
        if options.table:
            print(f"{case['name']:36} {result.code:3} {result.seconds:5.2f} s {result.bytes >> 20:4} MiB  {result.reason}", flush=True)
    opened = watch.events()
    if opened:
        faults.append(f"the planted files were opened or read {opened} times")
    if canary.visits:
        faults.append(f"{canary.visits} connections to the canary")
    slowest = max((refusal.seconds for refusal in refusals), default=0)
    largest = max((refusal.bytes for refusal in refusals), default=0)
    print(f"hostile corpus: {len(cases)} files, {len(refusals)} refused, {accepted} accepted, {len(cases) - len(refusals) - accepted} died; "
          f"slowest refusal {slowest:.2f} s, largest {largest >> 20} MiB; canary {canary.visits} connections, planted files opened {opened} times")
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    main()
