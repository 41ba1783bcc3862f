#!/usr/bin/env python3
"""Figures of the whole contest on this machine: start, memory under parallel uploads, time from 202 to processed."""

import argparse
import concurrent.futures
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Scripts"))
from anb_client import Client, Server  # noqa: E402
from demo import fetch_clip  # noqa: E402

MIB = 1 << 20


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} × {model}, {platform.system()} {platform.release()}"


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


def clip_1080p(folder, seconds=30):
    """Real footage, scaled up, with the hand-shake and grain that make it as hard as a phone's."""
    path = folder / "clip-1080p.mp4"
    look = ("scale=2016:1134:force_original_aspect_ratio=increase:flags=lanczos,"
            "crop=1920:1080:x='(iw-1920)/2+40*sin(t*2.3)':y='(ih-1080)/2+22*cos(t*3.1)',"
            "unsharp=5:5:0.8,noise=alls=7:allf=t,fps=30,format=yuv420p")
    ffmpeg("-stream_loop", "-1", "-i", fetch_clip(), "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000", "-t", seconds,
           "-map", "0:v", "-map", "1:a", "-vf", look, "-c:v", "libx264", "-preset", "veryfast", "-b:v", "5000k", "-c:a", "aac", path)
    return path


def padded_clip(folder, byte_count):
    """A valid short clip of exactly that size: the rest is a `free` box, which players skip."""
    seed = folder / "seed.mp4"
    if not seed.exists():
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=2", "-pix_fmt", "yuv420p", "-movflags", "+faststart", seed)
    data = seed.read_bytes()
    path = folder / f"padded-{byte_count}.mp4"
    padding = byte_count - len(data)
    with open(path, "wb") as file:
        file.write(data + padding.to_bytes(4, "big") + b"free")
        file.truncate(byte_count)
    return path


def bench_start(binaries, runs):
    seconds = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(binaries, folder)
            seconds.append(server.seconds_to_first_200)
            server.stop()
    return f"{statistics.median(seconds) * 1000:.0f} ms (min {min(seconds) * 1000:.0f}, max {max(seconds) * 1000:.0f}, {runs} runs)"


def bench_memory(binaries, folder, byte_count, parallel):
    """Peak resident memory of the API above its idle, while that many uploads of that size are received at once."""
    clip = padded_clip(folder, byte_count)
    with tempfile.TemporaryDirectory() as data:
        server = Server(binaries, data, ["--worker", "none"])
        player = Client(server.port)
        player.sign_up("Ana", "Torres", "Bogotá")
        idle = server.memory("VmRSS")
        with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
            list(pool.map(lambda number: player.upload(clip, f"Clip {number}"), range(parallel)))
        peak = server.memory("VmHWM")
        server.stop()
    return f"{(peak - idle) / MIB:.1f} MiB above {idle / MIB:.0f} MiB idle"


def bench_processing(binaries, clip, runs):
    seconds = []
    with tempfile.TemporaryDirectory() as data:
        server = Server(binaries, data)
        player = Client(server.port)
        player.sign_up("Ana", "Torres", "Bogotá")
        for number in range(runs):
            accepted = player.upload(clip, f"Clip {number}")
            started = time.monotonic()
            player.await_processed(accepted)
            seconds.append(time.monotonic() - started)
        server.stop()
    return f"{statistics.median(seconds):.2f} s (min {min(seconds):.2f}, max {max(seconds):.2f}, {runs} runs)"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="folder of anb-api")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--clip", help="clip for the processing figure; default: 30 s of 1080p made from real footage")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        print(f"machine: {machine()}")
        print(f"start to first 200: {bench_start(options.binaries, max(options.runs, 10))}", flush=True)
        for size in (10, 50, 100):
            figure = bench_memory(options.binaries, folder, size * 1000 * 1000, 8)
            print(f"8 parallel uploads of {size} MB: {figure}", flush=True)
        clip = pathlib.Path(options.clip) if options.clip else clip_1080p(folder)
        print(f"202 to processed, 30 s 1080p: {bench_processing(options.binaries, clip, options.runs)}")


if __name__ == "__main__":
    main()
