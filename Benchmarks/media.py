#!/usr/bin/env python3
"""The media engine beside the best single ffmpeg command, in pairs A B A B, with quality and several jobs at once.

Phases add to one JSON file of the day, so that a long measurement can be taken in parts:
  speed    wall, CPU, bytes and memory of `anb-worker process` and B3 for each content
  quality  SSIM and VMAF of both against the same frames before encoding
  sources  the source systems' own commands on the 1080p clip
  batch    eight jobs through a worker with S3, one after the other and queued
  server   from 202 to published through the API, and how true the progress and its estimate are
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Scripts"))
from anb_client import Client, Server  # noqa: E402
from media_clips import Clips, cache_folder
from media_commands import SOURCE_SYSTEMS, b3
from media_quality import measure, reference
from media_report import write_report

CONTENTS = {
    "real 1080p": "clip-1080p.mp4", "high motion": "clip-motion.mp4", "dark and grainy": "clip-dark.mp4",
    "screen": "clip-screen.mp4", "portrait": "clip-portrait.mp4", "4K HEVC": "clip-4k-hevc.mp4",
    "VP9": "clip-vp9.webm", "variable rate": "clip-vfr.mp4",
}
PHASES = ["speed", "quality", "sources", "batch", "server"]


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{len(os.sched_getaffinity(0))} × {model}, {platform.system()} {platform.release()}"


def timed(command, **options):
    """Runs a program; wall and CPU seconds and peak memory include its children."""
    started = time.monotonic()
    child = subprocess.Popen([str(word) for word in command], **options)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"failed with {child.returncode}: {command}")
    return {"wall": time.monotonic() - started, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss * 1024}


class Bench:
    def __init__(self, options):
        self.options = options
        self.clips = Clips(options.clips)
        self.worker = pathlib.Path(options.binaries) / "anb-worker"
        self.path = pathlib.Path(options.results) / f"media-{datetime.date.today()}.json"
        self.data = json.loads(self.path.read_text()) if self.path.exists() else {"contents": {}}
        self.data["machine"] = machine()
        self.data["ffmpeg"] = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.split("\n")[0]
        self.environment = dict(
            os.environ, ANB_INTRO_PATH=str(self.clips.clip("intro.mp4")), ANB_OUTRO_PATH=str(self.clips.clip("outro.mp4")),
            ANB_WATERMARK_PATH=str(self.clips.clip("watermark.png")))
        self.environment.pop("XDG_CACHE_HOME", None)

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.data, indent=1) + "\n")
        write_report(self.data, self.path.with_suffix(".md"))

    def ours(self, clip, folder):
        folder.mkdir(parents=True, exist_ok=True)
        run = timed([self.worker, "process", clip, "--output", folder, "--json"], env=self.environment,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run["memory"] = json.loads((folder / "report.json").read_text())["peak_resident_bytes"]
        return run | self.bytes(folder)

    def commands(self, commands, folder):
        folder.mkdir(parents=True, exist_ok=True)
        runs = [timed(["ffmpeg", "-v", "error", "-nostdin", "-y", *command]) for command in commands]
        total = {key: sum(run[key] for run in runs) for key in ("wall", "cpu")}
        return total | {"memory": max(run["memory"] for run in runs)} | self.bytes(folder)

    @staticmethod
    def bytes(folder):
        return {"bytes": {height: (folder / f"{height}p.mp4").stat().st_size for height in ("720", "480")
                          if (folder / f"{height}p.mp4").exists()}}

    def chosen(self):
        wanted = self.options.contents.split(",") if self.options.contents else CONTENTS
        return {name: CONTENTS[name] for name in wanted}

    def speed(self, folder):
        self.ours(self.clips.clip("clip-1080p.mp4"), folder / "warm")
        for name, clip in self.chosen().items():
            entry = self.data["contents"].setdefault(name, {})
            entry["ours"], entry["b3"] = [], []
            for _ in range(self.options.runs):
                entry["ours"].append(self.ours(self.clips.clip(clip), folder / "ours"))
                entry["b3"].append(self.commands(b3(self.clips, clip, folder / "b3"), folder / "b3"))
            print(name, entry["ours"][-1], entry["b3"][-1], flush=True)
            self.save()

    def quality(self, folder):
        for name, clip in self.chosen().items():
            lossless = reference(self.clips, clip, folder)
            self.ours(self.clips.clip(clip), folder / "ours")
            self.commands(b3(self.clips, clip, folder / "b3"), folder / "b3")
            self.data["contents"].setdefault(name, {})["quality"] = {
                side: {str(height): measure(folder / side / f"{height}p.mp4", lossless[height]) for height in lossless}
                for side in ("ours", "b3")}
            print(name, self.data["contents"][name]["quality"], flush=True)
            self.save()

    def sources(self, folder):
        clip = CONTENTS["real 1080p"]
        lossless = reference(self.clips, clip, folder)
        table = self.data["sources"] = {}
        for name, commands in SOURCE_SYSTEMS.items():
            target = folder / f"source-{len(table)}"
            target.mkdir()
            table[name] = self.commands(commands(self.clips, clip, target), target)
            table[name] |= measure(target / "720p.mp4", lossless[720])
        table["anb-worker process"] = self.ours(self.clips.clip(clip), folder / "ours")
        table["anb-worker process"] |= measure(folder / "ours" / "720p.mp4", lossless[720])
        self.save()

    def batch(self, folder):
        """Eight jobs through a worker with real servers behind it, one after the other and queued."""
        result = folder / "batch.json"
        here = pathlib.Path(__file__).resolve().parent
        subprocess.run(
            [here.parent / "Scripts/test-servers/mix.py", "sqs", self.options.binaries, sys.executable, here / "media_batch.py",
             self.options.binaries, self.clips.clip(CONTENTS["real 1080p"]), result, "2"],
            env=self.environment, check=True)
        self.data["batch"] = json.loads(result.read_text())
        self.save()

    def server(self, folder):
        """One clip after the other through `anb-api serve`, asked about four times a second."""
        server = Server(self.options.binaries, folder, **{
            name: value for name, value in self.environment.items() if name.startswith("ANB_")})
        try:
            client = Client(server.port)
            client.sign_up("Ana", "Torres", "Cali")
            for name, clip in self.chosen().items():
                asked, accepted = time.monotonic(), client.upload(self.clips.clip(clip), name)
                started, seen = time.monotonic(), []
                client.await_processed(accepted, on_progress=lambda task: seen.append(
                    (time.monotonic() - started, task["progress"], task.get("eta_seconds"))))
                entry = self.data["contents"].setdefault(name, {})["server"] = {
                    "accepted": started - asked, "published": time.monotonic() - started, "seen": seen}
                print(name, {key: round(value, 2) for key, value in entry.items() if key != "seen"}, flush=True)
                self.save()
        finally:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True, help="folder of the release build of anb-worker")
    parser.add_argument("--runs", type=int, default=3, help="pairs for each content")
    parser.add_argument("--clips", help="folder where some of the clips lie already")
    parser.add_argument("--contents", help="some of: " + ", ".join(CONTENTS))
    parser.add_argument("--phases", default=",".join(PHASES), help="some of: " + ", ".join(PHASES))
    parser.add_argument("--results", default=pathlib.Path(__file__).resolve().parent / "results")
    bench = Bench(parser.parse_args())
    for phase in bench.options.phases.split(","):
        with tempfile.TemporaryDirectory() as folder:
            {"speed": bench.speed, "quality": bench.quality, "sources": bench.sources, "batch": bench.batch,
             "server": bench.server}[phase](pathlib.Path(folder))
    print(bench.path.with_suffix(".md").read_text())


if __name__ == "__main__":
    main()
