#!/usr/bin/env python3
"""Mutates small clips and sends them through `anb-worker process` until the time is up.

usage: fuzz-clips.py --worker PROGRAM [--seconds 60] [--seed N]

A decoder that crashes costs one attempt (75) and is counted; a worker that crashes, or any other code, is a failure."""
import argparse
import collections
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

CODECS = {
    "h264": ("libx264 -preset ultrafast", "mp4"), "hevc": ("libx265 -preset ultrafast -x265-params log-level=none", "mp4"),
    "vp9": ("libvpx-vp9 -deadline realtime -cpu-used 8", "webm"), "vp8": ("libvpx -deadline realtime -cpu-used 8", "mkv"),
    "mpeg4": ("mpeg4", "avi"), "mjpeg": ("mjpeg -pix_fmt yuvj420p", "mov"), "prores": ("prores_ks", "mov"),
    "mpeg2": ("mpeg2video", "mpg"), "ts": ("libx264 -preset ultrafast", "ts"), "av1": ("libsvtav1 -preset 12", "mp4"),
}
WORDS = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1"]


def mutate(data, chance):
    data = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 100))):
        at = chance.randrange(len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[at:at + 4] = chance.choice(WORDS)
        elif kind == 2:
            del data[at:at + chance.randrange(1, 64)]
        elif kind == 3:
            data[at:at] = data[at - 32:at] * chance.randrange(1, 8)
        else:
            data[at:at + 16] = chance.randbytes(16)
        if len(data) < 64:
            break
    return bytes(data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    home = tempfile.mkdtemp(prefix="anb-fuzz-")
    try:
        sys.exit(run(options, home))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def make(home):
    clips = {}
    for name, (codec, kind) in CODECS.items():
        path = os.path.join(home, f"{name}.{kind}")
        source = "-f lavfi -i testsrc2=s=160x96:r=15:d=1.2 -f lavfi -i sine=d=1.2"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *source.split(), "-pix_fmt", "yuv420p", "-c:v", *codec.split(), "-shortest", path],
                       check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(path, "rb") as file:
            clips[name] = file.read()
    bumper = os.path.join(home, "bumper.mp4")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=red:s=160x96:r=30:d=0.1", "-c:v", "libx264", bumper], check=True)
    return clips, bumper


def run(options, home):
    clips, bumper = make(home)
    chance = random.Random(options.seed)
    environment = {"PATH": os.environ["PATH"], "ANB_INOUT_PATH": bumper, "ANB_DATA_DIR": home}
    ends, faults = collections.Counter(), []
    path, folder = os.path.join(home, "clip"), os.path.join(home, "out")
    deadline = time.monotonic() + options.seconds
    while time.monotonic() < deadline:
        name = chance.choice(sorted(clips))
        with open(path, "wb") as file:
            file.write(mutate(clips[name], chance))
        result = subprocess.run([options.worker, "process", path, "--output", folder], env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
        shutil.rmtree(folder, ignore_errors=True)
        reason = result.stderr.decode(errors="replace").strip()
        ends[result.returncode] += 1
        if result.returncode == 75:
            print(f"attempt of a mutated {name} failed: {reason}")
        elif result.returncode not in (0, 65):
            faults.append(f"{name}: code {result.returncode}: {reason}")
    print(f"clips: {sum(ends.values())} executions (seed {options.seed}): {ends[0]} accepted, {ends[65]} refused, "
          f"{ends[75]} failed attempts in the child, {len(faults)} crashes outside the child")
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    main()
