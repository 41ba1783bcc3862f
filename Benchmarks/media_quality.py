"""SSIM and VMAF of an output against the same frames before they were encoded."""

import json
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import zipfile

from media_clips import cache_folder
from media_commands import inputs, ladder

# This wheel's ffmpeg has libvmaf; Debian's has not.
WHEEL = "imageio-ffmpeg==0.8.1"
# Every third frame is enough for VMAF and takes a third of the time.
VMAF_STEP = 3
# Without equal tags this ffmpeg converts colours before VMAF: the same pixels lost 17 points for being tagged.
SAME = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709,settb=1/30,setpts=N"


def vmaf_ffmpeg():
    program = cache_folder() / "ffmpeg-with-vmaf"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch, WHEEL], check=True)
            wheel = zipfile.ZipFile(next(pathlib.Path(scratch).glob("*.whl")))
            member = next(name for name in wheel.namelist() if "/binaries/ffmpeg-" in name)
            partial = program.with_suffix(".partial")
            partial.write_bytes(wheel.read(member))
            partial.chmod(partial.stat().st_mode | stat.S_IXUSR)
            partial.rename(program)
    return program


def reference(clips, name, folder):
    """Both sizes, lossless, out of the same filter chain as B3."""
    lossless = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-an"]
    files = {height: folder / f"reference-{height}.mkv" for height in (720, 480)}
    command = [*inputs(clips, name), "-filter_complex", ladder(), "-map", "[v720]", *lossless, files[720],
               "-map", "[v480]", *lossless, files[480]]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, command)], check=True)
    return files


def measure(output, lossless):
    """SSIM over all planes and VMAF's mean."""
    with tempfile.TemporaryDirectory() as scratch:
        log = pathlib.Path(scratch) / "vmaf.json"
        graph = (f"[0:v]{SAME},split[a][b];[1:v]{SAME},split[c][d];[a][c]ssim;[b][d]libvmaf=n_threads=2:n_subsample={VMAF_STEP}"
                 f":log_fmt=json:log_path={log}")
        done = subprocess.run(
            [vmaf_ffmpeg(), "-hide_banner", "-nostdin", "-i", output, "-i", lossless, "-filter_complex", graph, "-f", "null", "-"],
            check=True, capture_output=True, text=True)
        ssim = float(re.search(r"SSIM.* All:([\d.]+)", done.stderr)[1])
        return {"ssim": ssim, "vmaf": json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"]}
