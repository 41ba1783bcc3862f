"""What the engine is measured against: the best single ffmpeg command, and the commands of the source systems."""

# As the engine does it: 30 s at 30 frames a second, fitted and padded, watermark 24 pixels from the corner.
FIT = "scale=1280:720:force_original_aspect_ratio=decrease:force_divisible_by=2,pad=1280:720:-1:-1,setsar=1"
PICTURE = "-an -map_metadata -1 -movflags +faststart".split()


def inputs(clips, name):
    return ["-i", clips.clip("intro.mp4"), "-t", "30", "-i", clips.clip(name), "-i", clips.clip("outro.mp4"),
            "-i", clips.clip("watermark.png")]


def composed():
    """Filter text: the whole 720p video as [v]."""
    return (f"[0:v]fps=30,{FIT},format=yuv420p[i];[2:v]fps=30,{FIT},format=yuv420p[o];"
            f"[1:v]fps=30,{FIT}[c];[c][3:v]overlay=W-w-24:H-h-24,format=yuv420p[m];[i][m][o]concat=n=3[v]")


def ladder():
    return composed() + ";[v]split[v720][h];[h]scale=854:480,setsar=1[v480]"


def encode(label, output, *settings):
    return ["-map", f"[{label}]", "-c:v", "libx264", *settings, *PICTURE, output]


def b3(clips, name, folder, preset="veryfast", crf="23"):
    """The best single command: one decode, both renditions, a thumbnail."""
    graph = ladder().replace("[v]split[", "[v]split=3[t][") + ";[t]select='eq(n,525)',scale=480:270[still]"
    settings = ["-preset", preset, "-crf", crf]
    return [[*inputs(clips, name), "-filter_complex", graph, *encode("v720", folder / "720p.mp4", *settings),
             *encode("v480", folder / "480p.mp4", *settings), "-map", "[still]", "-frames:v", "1", "-q:v", "3",
             folder / "thumbnail.jpg"]]


def only_720p(clips, name, folder, preset, crf):
    """The source systems' command: 720p and nothing else."""
    return [[*inputs(clips, name), "-filter_complex", composed(),
             *encode("v", folder / "720p.mp4", "-preset", preset, "-crf", crf)]]


def command_a_step(clips, name, folder):
    """Trim, fit, mark, join, scale down: each a command with a file between."""
    x264 = ["-c:v", "libx264"]
    bumper = lambda source, target: ["-i", clips.clip(source), "-vf", f"fps=30,{FIT},format=yuv420p", *x264, "-an", target]
    return [
        ["-i", clips.clip(name), "-t", "30", *x264, "-an", folder / "trimmed.mp4"],
        ["-i", folder / "trimmed.mp4", "-vf", f"fps=30,{FIT}", *x264, folder / "fitted.mp4"],
        ["-i", folder / "fitted.mp4", "-i", clips.clip("watermark.png"), "-filter_complex",
         "overlay=W-w-24:H-h-24,format=yuv420p", *x264, folder / "marked.mp4"],
        bumper("intro.mp4", folder / "intro.mp4"), bumper("outro.mp4", folder / "outro.mp4"),
        ["-i", folder / "intro.mp4", "-i", folder / "marked.mp4", "-i", folder / "outro.mp4", "-filter_complex",
         "concat=n=3", *x264, "-movflags", "+faststart", folder / "720p.mp4"],
        ["-i", folder / "720p.mp4", "-vf", "scale=854:480", *x264, "-movflags", "+faststart", folder / "480p.mp4"],
        ["-ss", "15", "-i", folder / "720p.mp4", "-frames:v", "1", "-vf", "scale=480:270", folder / "thumbnail.jpg"],
    ]


SOURCE_SYSTEMS = {
    "B3: one command, veryfast crf 23": b3,
    "a command for each step, medium crf 23": command_a_step,
    "720p only, ultrafast crf 25": lambda *call: only_720p(*call, "ultrafast", "25"),
    "720p only, superfast crf 28": lambda *call: only_720p(*call, "superfast", "28"),
}
