#!/usr/bin/env python3
"""Makes Docs/page.png, the picture in the README: a contest with six clips and some votes, in the system's Chromium.

usage: page-picture.py FOLDER_OF_BINARIES [FILE]
"""

import pathlib
import subprocess
import sys
import tempfile

from anb_client import Client, Server
from chromium import Chromium

PLAYERS = [("Ana", "Torres", "Bogotá", "Triple desde la esquina", "0xd9480f", 5), ("Luis", "Mena", "Cali", "Bandeja a una mano", "0x1864ab", 4),
           ("Sofía", "Ríos", "Medellín", "Tapón y contraataque", "0x2b8a3e", 3), ("Juan", "Paz", "Bogotá", "Mi mejor finta", "0x862e9c", 2),
           ("Valeria", "Gil", "Barranquilla", "Desde media cancha", "0x5c940d", 1), ("Mateo", "Cruz", "Cali", "Alley-oop", "0x364fc7", 0)]
# A ball over a court, drawn by ffmpeg.
COURT = ("drawbox=x=0:y=560:w=iw:h=160:color=0xc98f52:t=fill,drawbox=x=0:y=556:w=iw:h=6:color=white@0.8:t=fill,"
         "drawbox=x=1040:y=150:w=120:h=90:color=white@0.9:t=6,drawbox=x=1070:y=240:w=70:h=8:color=0xff5f1f:t=fill,"
         "drawtext=text=●:fontsize=150:fontcolor=0xf08c2e:x=240+n*11:y=330-140*sin(n/14)")


def clip(folder, number, colour):
    path = folder / f"{number}.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", f"color=c={colour}:s=1280x720:r=30:d=2", "-vf", COURT,
         "-pix_fmt", "yuv420p", path], check=True)
    return path


def publish(server, clips):
    people, uploads = [], []
    for (first, last, city, title, _, _), clip in zip(PLAYERS, clips):
        person = Client(server.port)
        person.sign_up(first, last, city)
        uploads.append(person.upload(clip, title))
        people.append(person)
    for person, upload, (*_, votes) in zip(people, uploads, PLAYERS):
        person.await_processed(upload)
        for voter in [other for other in people if other is not person][:votes]:
            voter.call("POST", f"/api/public/videos/{upload['video_id']}/vote")


def main():
    file = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent.parent / "Docs/page.png")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        clips = [clip(folder, number, player[4]) for number, player in enumerate(PLAYERS)]
        server = Server(sys.argv[1], folder)
        browser = Chromium(folder)
        try:
            publish(server, clips)
            page = browser.person()
            page.window(1200, 1500)
            page.go(f"http://127.0.0.1:{server.port}/")
            page.wait("[...document.images].every(image => image.complete) && document.querySelectorAll('main img').length >= 6")
            page.picture(folder / "page.png")
            # Small enough for a README: two thirds as wide, 96 colours.
            subprocess.run(
                ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", folder / "page.png", "-vf",
                 "scale=800:-1,split[a][b];[a]palettegen=96[p];[b][p]paletteuse=dither=none", file], check=True)
        finally:
            browser.stop()
            server.stop()
    print(f"{file}: {file.stat().st_size >> 10} kB")


main()
