"""The image's own, smaller FFmpeg against this machine's: the same programs must make the same files of every format."""
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

import report
from report import require

PICTURE = "testsrc2=s=640x480:r=25:d=2"
SOUND = ["-f", "lavfi", "-i", "sine=d=2"]
# Name of the file, and how ffmpeg makes it.
CLIPS = {
    "h264.mp4": ["-c:v", "libx264", "-c:a", "aac"],
    "h264-rotated.mov": ["-c:v", "libx264", "-c:a", "aac"],
    "h264-interlaced.ts": ["-c:v", "libx264", "-flags", "+ildct+ilme", "-x264-params", "tff=1", "-c:a", "mp2"],
    "h264.mkv": ["-c:v", "libx264", "-c:a", "libvorbis"],
    "h264.avi": ["-c:v", "libx264", "-c:a", "libmp3lame"],
    "hevc.mp4": ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-c:a", "aac"],
    "hevc-hdr.mkv": ["-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
                     "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc", "-an"],
    "vp8.webm": ["-c:v", "libvpx", "-b:v", "1M", "-deadline", "realtime", "-c:a", "libopus"],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
    "av1.mp4": ["-c:v", "libsvtav1", "-preset", "12", "-an"],
    "av1.mkv": ["-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-an"],
    "mpeg4.avi": ["-c:v", "mpeg4", "-q:v", "4", "-bf", "2", "-c:a", "libmp3lame"],
    "mjpeg.avi": ["-pix_fmt", "yuvj422p", "-c:v", "mjpeg", "-c:a", "pcm_s16le"],
    "prores.mov": ["-pix_fmt", "yuv422p10le", "-c:v", "prores_ks", "-c:a", "pcm_s16le"],
    "mpeg2.mpg": ["-c:v", "mpeg2video", "-b:v", "3M", "-c:a", "mp2"],
    "mpeg2.ts": ["-c:v", "mpeg2video", "-b:v", "3M", "-c:a", "ac3"],
}
REFUSED = {"theora.ogv": ["-c:v", "libtheora", "-an"], "flv.flv": ["-c:v", "flv", "-an"]}


def make(folder):
    for name, arguments in {**CLIPS, **REFUSED}.items():
        plain = pathlib.Path(folder) / name
        report.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", PICTURE, *SOUND, "-pix_fmt", "yuv420p", *arguments, "-shortest", plain])
        if "rotated" in name:
            turned = plain.with_name(f"turned-{name}")
            report.run(["ffmpeg", "-v", "error", "-i", plain, "-c", "copy", "-metadata:s:v", "rotate=90", turned])
            turned.rename(plain)


def process(command, folder, name, output):
    """How it ended, and what it made: the hashes of the files."""
    os.makedirs(output, exist_ok=True)
    done = subprocess.run([*command, "process", f"{folder}/{name}", "--output", output], capture_output=True, text=True, timeout=300,
                          env={"MIN_VIDEO_DURATION_SECONDS": "1", "PATH": os.environ["PATH"]})
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(pathlib.Path(output).iterdir())
             if path.suffix in (".mp4", ".jpg")}
    return {"code": done.returncode, "files": files, "said": done.stderr.strip()[-300:]}


def same(binaries, root):
    """Runs inside, as root: the image's program in its own root file system, with the clips at the same path."""
    with tempfile.TemporaryDirectory(prefix="anb-formats-") as folder:
        make(folder)
        for kind, place in (("--rbind", "/dev"), ("--bind", folder)):
            target = f"{root}{place}"
            os.makedirs(target, exist_ok=True)
            report.run(["mount", kind, place, target])
        report.run(["mount", "-t", "proc", "proc", f"{root}/proc"])
        for name in {**CLIPS, **REFUSED}:
            theirs = process([f"{binaries}/anb-worker"], folder, name, f"{folder}/machine-{name}")
            ours = process(["chroot", root, "/usr/local/bin/anb-worker"], folder, name, f"{folder}/image-{name}")
            require(theirs["code"] == (65 if name in REFUSED else 0), f"{name}: this machine's worker ended with {theirs}")
            require((ours["code"], ours["files"]) == (theirs["code"], theirs["files"]),
                    f"{name}: the image {json.dumps(ours)}, this machine {json.dumps(theirs)}")
    return f"{len(CLIPS)} formats: files the same byte for byte; {len(REFUSED)} refused by both"
