#!/usr/bin/env python3
"""Makes files that were made to do harm, or that harm was done to, and manifest.json with what must come of each.

usage: make-hostile.py FOLDER --canary PORT --secret FILE --segment FILE [--short]

Deterministic: the same program, arguments and ffmpeg give the same bytes. The canary is a port that nobody may connect
to, the secret and the segment are files that nobody may open."""
import argparse
import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "hostile"))
from containers import box, boxes, content, element, matroska, number, patched, video_track  # noqa: E402

X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1"
SMALL = "-f lavfi -i testsrc2=s=320x180:r=30:d=1.5"
UNKNOWN, DAMAGED, CODED = "not a video we can read", "damaged or incomplete", "which is not accepted"


class Corpus:
    def __init__(self, options):
        self.options = options
        self.cases = []
        self.made = {}
        os.makedirs(os.path.join(options.folder, "base"), exist_ok=True)

    def clip(self, arguments, kind="mp4"):
        """The bytes of what ffmpeg makes."""
        key = hashlib.sha256((arguments + kind).encode()).hexdigest()[:16]
        path = os.path.join(self.options.folder, "base", f"{key}.{kind}")
        if not os.path.exists(path):
            command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments.split(), "-fflags", "+bitexact", path + ".part." + kind]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            os.rename(path + ".part." + kind, path)
        with open(path, "rb") as file:
            return file.read()

    def add(self, name, data, expect, reason=None, short=False):
        """expect: refuse (with this reason), accept, or either (with any clear reason when it is refused)."""
        if self.options.short and not short:
            return
        data = data() if callable(data) else data
        with open(os.path.join(self.options.folder, name), "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        self.cases.append({"name": name, "expect": expect, "reason": reason})

    def refuse(self, name, data, reason, short=False):
        self.add(name, data, "refuse", reason, short)


def noise(count, seed):
    return random.Random(seed).randbytes(count)


def not_video(c):
    c.refuse("empty.mp4", b"", "The file is empty", short=True)
    texts = {
        "text.mp4": "This is a text. It was renamed.\n", "page.mp4": "<!doctype html><script>alert(1)</script>",
        "shell.mp4": "#!/bin/sh\ntouch /tmp/anb-escaped\n", "json.mp4": '{"moov":' * 5000,
        "laughs.mp4": '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "ha">'
        + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 if i else str()};" * 10}">' for i in range(9)) + "]><z>&a8;</z>",
        "entity.mp4": f'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY s SYSTEM "file://{c.options.secret}">]><z>&s;</z>',
    }
    for name, text in texts.items():
        c.refuse(name, text, UNKNOWN, short=name in ("text.mp4", "laughs.mp4"))
    bomb = zlib.compress(zlib.compress(bytes(64 << 20), 9), 9)
    head = {
        "byte.mp4": b"\0", "noise.mp4": noise(65536, 1), "zip-bomb.mp4": b"PK\x03\x04\x14\0\0\0\x08\0" + bomb,
        "gzip-bomb.mp4": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + bomb, "program.mp4": b"\x7fELF" + noise(9000, 2),
        "pdf.mp4": b"%PDF-1.7\n" + noise(2000, 3), "tar.mp4": bytes(257) + b"ustar\x0000" + bytes(800),
        "giant-png.mp4": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 60000, 60000, 8, 2, 0, 0, 0) + noise(4096, 4),
        "flash.mp4": b"FWS\x09" + noise(4096, 5), "utf16.mp4": "#EXTM3U".encode("utf-16"),
    }
    for name, data in head.items():
        c.refuse(name, data, UNKNOWN, short=name in ("noise.mp4", "zip-bomb.mp4", "giant-png.mp4"))
    c.refuse("ftyp-noise.mp4", box("ftyp", b"isom\0\0\0\0isom") + noise(65536, 6), DAMAGED, short=True)
    c.refuse("ebml-noise.mkv", b"\x1a\x45\xdf\xa3" + noise(65536, 7), DAMAGED, short=True)
    c.refuse("riff-noise.avi", b"RIFF\xff\xff\xff\x7fAVI " + noise(65536, 8), None)
    c.refuse("pack-noise.mpg", b"\0\0\x01\xba" + noise(65536, 9), None)
    c.refuse("sync-noise.ts", b"".join(b"\x47" + noise(187, 100 + i) for i in range(500)), None, short=True)
    others = {"flv": "flv", "wmv": "wmv2", "ogv": "libtheora", "h264": "libx264", "y4m": "wrapped_avframe", "gif": "gif", "ivf": "libvpx"}
    for kind, codec in others.items():
        c.refuse(f"other-{kind}.mp4", lambda: c.clip(f"-f lavfi -i testsrc2=s=64x64:r=5:d=1 -c:v {codec}", kind), UNKNOWN)
    c.refuse("other-wav.mp4", lambda: c.clip("-f lavfi -i sine=d=1", "wav"), UNKNOWN)


def playlists(c):
    port, secret, segment = c.options.canary, c.options.secret, c.options.segment
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n{}#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n"
    targets = {
        "http": f"http://127.0.0.1:{port}/a.ts", "file": f"file://{secret}", "path": segment, "concat": f"concat:{segment}|{secret}",
        "subfile": f"subfile,,start,0,end,0,,:{segment}", "tcp": f"tcp://127.0.0.1:{port}", "rtmp": f"rtmp://127.0.0.1:{port}/a",
        "data": "data:video/mp2t;base64,R0AAEA==", "smb": f"smb://127.0.0.1:{port}/a", "pipe": "pipe:3", "fd": "fd:3",
        "relative": os.path.basename(segment),
    }
    for name, target in targets.items():
        c.refuse(f"hls-{name}.mp4", hls.format("", target), UNKNOWN, short=name in ("http", "path", "concat"))
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:{port}/key"\n'
    c.refuse("hls-key.mp4", hls.format(key, segment), UNKNOWN)
    c.refuse("hls-after-ftyp.mp4", box("ftyp", b"isom\0\0\0\0isom") + hls.format("", segment).encode(), DAMAGED, short=True)
    c.refuse("hls-as-transport-stream.ts", ("G" + "\n" * 187) * 3 + hls.format("", segment), None)
    c.refuse("ffconcat.mp4", f"ffconcat version 1.0\nfile '{segment}'\n", UNKNOWN, short=True)
    c.refuse("dash.mp4", f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
             f'<Representation id="1" mimeType="video/mp4" bandwidth="1"><BaseURL>http://127.0.0.1:{port}/a</BaseURL>'
             "</Representation></AdaptationSet></Period></MPD>", UNKNOWN, short=True)
    c.refuse("sdp.mp4", f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n", UNKNOWN)
    c.refuse("svg.mp4", f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>', UNKNOWN)
    c.refuse("smil.mp4", f'<smil><body><video src="http://127.0.0.1:{port}/a"/></body></smil>', UNKNOWN)
    c.refuse("pls.mp4", f"[playlist]\nFile1=http://127.0.0.1:{port}/a\n", UNKNOWN)
    c.refuse("rtsp-text.mp4", f"RTSPtextRTSP://127.0.0.1:{port}/a", UNKNOWN)
    c.refuse("mpeg-vob-index.mp4", f"# VobSub index file, v7\nid: en\n{segment}\n", UNKNOWN)
    # A QuickTime reference movie, and tracks whose samples lie in another file
    reference = box("rdrf", bytes(4), b"url ", struct.pack(">I", len(segment) + 1), segment.encode() + b"\0")
    c.refuse("reference-movie.mov", box("moov", box("rmra", box("rmda", reference))), "no picture", short=True)
    plain = c.clip(f"{SMALL} {X264}")
    for name, entry in {
        "url": box("url ", bytes(4), f"file://{segment}".encode() + b"\0"), "urn": box("urn ", bytes(4), f"{secret}\0{secret}\0".encode()),
        "alias": box("alis", bytes(4), alias(segment)),
    }.items():
        c.add(f"dref-{name}.mov", with_data_reference(plain, entry), "either", short=name == "alias")


def alias(path):
    """A version 2 alias record of the classic Mac OS that names a file by path (type 2 and 18)."""
    name = os.path.basename(path).encode()[:63]
    body = bytearray(150)
    struct.pack_into(">HH", body, 4, 150, 2)
    body[10] = 3
    body[11:14] = b"Mac"
    body[50] = len(name)
    body[51:51 + len(name)] = name
    struct.pack_into(">hh", body, 130, 1, 1)
    tail = b""
    for kind, text in ((2, path.encode()), (18, path.encode())):
        text += b"\0" if len(text) % 2 else b""
        tail += struct.pack(">HH", kind, len(text)) + text
    tail += struct.pack(">HH", 0xFFFF, 0)
    struct.pack_into(">H", body, 4, len(body) + len(tail))
    return bytes(body) + tail


def with_data_reference(data, entry):
    """The first track's samples are said to lie elsewhere. The index stands at the end, so no offset moves."""
    at = {names[-1]: (offset, size) for names, offset, size in boxes(data)}
    offset, size = at["dref"]
    fresh = box("dref", bytes(4), struct.pack(">I", 1), entry)
    changed = bytearray(data[:offset] + fresh + data[offset + size:])
    for name in ("dinf", "minf", "mdia", "trak", "moov"):
        start, old = at[name]
        struct.pack_into(">I", changed, start, old + len(fresh) - size)
    return bytes(changed)


def cut(c):
    plain = c.clip(f"{SMALL} {X264}")
    front = c.clip(f"-f lavfi -i testsrc2=s=640x360:r=30:d=4 {X264} -movflags +faststart")
    mkv = c.clip(f"-f lavfi -i testsrc2=s=320x180:r=30:d=8 {X264}", "mkv")
    c.refuse("cut-index-at-end.mp4", plain[:-1000], DAMAGED, short=True)
    c.refuse("cut-index-in-front.mp4", front[:len(front) // 2], DAMAGED, short=True)
    c.refuse("cut.mkv", mkv[:len(mkv) // 2], DAMAGED, short=True)
    c.refuse("head-only.mp4", plain[:32], DAMAGED)
    c.refuse("index-only.mp4", front[:content(front, "mdat") - 8], DAMAGED)
    start = content(front, "mdat") + 64
    c.refuse("zeroed.mp4", front[:start] + bytes(len(front) - start), DAMAGED, short=True)
    c.refuse("overwritten.mp4", front[:start] + noise(len(front) - start, 10), DAMAGED)
    c.refuse("one-frame.mp4", lambda: c.clip(f"-f lavfi -i testsrc2=s=320x180:r=30 -frames:v 1 {X264}"), None, short=True)
    c.refuse("short.mp4", lambda: c.clip(f"-f lavfi -i testsrc2=s=320x180:r=30:d=0.9 {X264}"), "must last at least", short=True)
    c.refuse("two-pictures.mp4", lambda: c.clip(f"-f lavfi -i testsrc2=s=320x180:r=0.5:d=4 {X264}"), "different picture", short=True)
    for seed in range(6):
        flipped, chance = bytearray(plain), random.Random(seed)
        for _ in range(300):
            flipped[chance.randrange(len(flipped))] ^= 0xFF
        c.add(f"flipped-{seed}.mp4", bytes(flipped), "either", short=seed == 0)
    ts = c.clip(f"{SMALL} {X264}", "ts")
    c.add("cut.ts", ts[:len(ts) * 4 // 5], "either")
    c.refuse("ftyp-behind-noise.mp4", noise(16, 11) + plain, UNKNOWN)


def lies(c):
    plain = c.clip(f"{SMALL} {X264}")
    scale = struct.unpack_from(">I", plain, content(plain, "mdhd") + 12)[0]
    c.refuse("ten-hours.mp4", patched(patched(patched(plain, "mdhd", 16, scale * 36000), "mvhd", 16, 36_000_000), "stts", 12, scale * 800),
             None, short=True)
    counts = {"stsz": 8, "stts": 4, "stsc": 4, "stco": 4, "ctts": 4, "stss": 4, "stsd": 4, "elst": 4, "dref": 4}
    for name, offset in counts.items():
        for value in (0, 1 << 31, 0xFFFFFFFF):
            try:
                data = patched(plain, name, offset, value)
            except StopIteration:
                continue
            c.add(f"count-{name}-{value:x}.mp4", data, "either", short=(name, value) in (("stsz", 1 << 31), ("stts", 1 << 31)))
    # libav makes room for every sample that is counted
    c.refuse("samples-without-bytes.mp4", patched(plain, "stsz", 4, 1, 20_000_000), DAMAGED, short=True)
    pieces = c.clip(f"{SMALL} {X264} -movflags +frag_keyframe+empty_moov")
    run = pieces.index(b"trun") + 4
    c.refuse("samples-without-bytes-in-pieces.mp4", pieces[:run] + struct.pack(">III", 1, 18_000_000, 8) + pieces[run + 12:], DAMAGED)
    # and goes through all samples for each edit
    c.refuse("edits.mp4", patched(plain, "elst", 4, 200_000), "cut together", short=True)
    words = {
        "stts-delta": ("stts", 12, 1 << 29), "stts-negative": ("stts", 12, 0xFFFFFFFF), "stsz-size": ("stsz", 12, 0x7FFFFFFF),
        "stsz-uniform": ("stsz", 4, 0x7FFFFFFF), "stsc-chunk": ("stsc", 8, 0), "stsc-many": ("stsc", 12, 0x7FFFFFFF),
        "stco-far": ("stco", 8, 0xFFFFFFF0), "stco-self": ("stco", 8, 0), "scale-0": ("mdhd", 12, 0), "scale-1": ("mdhd", 12, 1),
        "scale-max": ("mdhd", 12, 0xFFFFFFFF), "duration-max": ("mdhd", 16, 0xFFFFFFFF), "movie-scale-0": ("mvhd", 12, 0),
        "edit-far": ("elst", 12, 0x7FFFFFFF), "edit-rate-0": ("elst", 16, 0), "entry-size": ("stsd", 8, 0x7FFFFFFF),
        "pixels-65535": ("stsd", 40, 0xFFFFFFFF), "pixels-0": ("stsd", 40, 0), "handler": ("hdlr", 8, 0x736F756E),
    }
    for name, (inside, offset, value) in words.items():
        sure = {"pixels-65535": "too large", "handler": None, "stts-delta": None, "stco-far": DAMAGED}
        data = patched(plain, inside, offset, value)
        if name in sure:
            c.refuse(f"lie-{name}.mp4", data, sure[name], short=True)
        else:
            c.add(f"lie-{name}.mp4", data, "either")
    for name, matrix in {"45": (46341, 46341, -46341, 46341), "zero": (0, 0, 0, 0), "huge": (1 << 31, 1 << 31, 1 << 31, 1 << 31)}.items():
        data = patched(patched(plain, "tkhd", 40, matrix[0], matrix[1]), "tkhd", 52, matrix[2], matrix[3])
        c.add(f"matrix-{name}.mp4", data, "accept", short=name == "45")
    for name in ("moov", "trak", "udta", "wide"):
        c.refuse(f"nested-{name}.mp4", nested(name, 3000), DAMAGED, short=name == "moov")
    c.refuse("sibling-tracks.mp4", box("ftyp", b"isom\0\0\0\0") + box("moov", box("trak") * 20000), None)
    c.refuse("negative-64-bit-size.mp4", struct.pack(">I4sQ", 1, b"moov", 1 << 63) + bytes(64), "no picture")
    c.refuse("self-sized-box.mp4", struct.pack(">I4s", 8, b"free") * 50000, DAMAGED)
    large = c.clip(f"-f lavfi -i color=red:s=8400x880:r=10:d=1 {X264}")
    c.refuse("picture-larger-than-said.mp4", patched(large, "stsd", 40, 640 << 16 | 360), "too large", short=True)
    c.refuse("giant-sps.mp4", lambda: giant_sps(plain), None, short=True)
    c.refuse("empty-avcc.mp4", patched(plain, "stsd", 8 + 86, 8), None)


def nested(name, depth):
    data = b""
    for _ in range(depth):
        data = box(name, data)
    return box("ftyp", b"isom\0\0\0\0") + data


def giant_sps(data):
    """16384 × 16384 in the parameter set, 320 × 180 in the container."""
    bits = "01100100" + "00000000" + "00101000" + golomb(0) + golomb(1) + golomb(0) + golomb(0) + "0" + "0"
    bits += golomb(0) + golomb(2) + golomb(1) + "0" + golomb(1023) + golomb(1023) + "1" + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    sps = b"\x67" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    start = data.index(b"avcC") + 4
    length = struct.unpack_from(">H", data, start + 6)[0]
    assert len(sps) <= length, "the parameter set must fit into the old one's place"
    return data[:start + 8] + sps + bytes(length - len(sps)) + data[start + 8 + length:]


def golomb(value):
    text = bin(value + 1)[2:]
    return "0" * (len(text) - 1) + text


def mutated_boxes(c):
    """Every box's length, wrong in six ways."""
    plain = c.clip(f"{SMALL} {X264}")
    for index, (names, offset, size) in enumerate(boxes(plain)):
        for change, value in {"0": 0, "1": 1, "7": 7, "less": size - 1, "more": size + 1, "half": size // 2, "max": 0xFFFFFFFF}.items():
            data = bytearray(plain)
            struct.pack_into(">I", data, offset, value)
            c.add(f"box-{index:02}-{'.'.join(names[-2:]).replace(' ', '')}-{change}.mp4", bytes(data), "either",
                  short=names[-1] in ("stbl", "stsd") and change in ("0", "max"))


PAYLOADS = {
    "h264": (X264, "mp4"), "hevc": ("-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:pools=1:frame-threads=1", "mp4"),
    "vp9": ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -threads 1", "webm"), "vp8": ("-c:v libvpx -deadline realtime -cpu-used 8 -threads 1", "webm"),
    "av1": ("-c:v libsvtav1 -preset 12 -svtav1-params lp=1", "mp4"), "mpeg4": ("-c:v mpeg4 -threads 1", "avi"),
    "mjpeg": ("-c:v mjpeg -pix_fmt yuvj420p -threads 1", "mov"), "prores": ("-c:v prores_ks -threads 1", "mov"),
    "mpeg2": ("-c:v mpeg2video -threads 1", "mpg"),
}


def fuzzed_payloads(c):
    for codec, (arguments, kind) in PAYLOADS.items():
        whole = c.clip(f"{SMALL} {arguments}", kind) if not c.options.short or codec in ("h264", "hevc", "vp9") else b""
        for seed, share in enumerate((0.0005, 0.005, 0.05, 0.3)):
            data, chance = bytearray(whole), random.Random(f"{codec}{seed}")
            # The head stays: a container that does not open would hide the decoder.
            for _ in range(int(len(data) * share)):
                data[chance.randrange(len(data) // 10, len(data) * 9 // 10)] = chance.randrange(256)
            c.add(f"fuzz-{codec}-{seed}.{kind}", bytes(data), "either", short=codec in ("h264", "hevc", "vp9") and seed == 2)


def matroska_tricks(c):
    bomb = zlib.compress(bytes(256 << 20), 9)
    encodings = element("6D80", element("6240", number("5031", 0), number("5032", 3), number("5033", 0), element("5034", number("4254", 0))))
    private = element("63A2", bomb)
    c.refuse("deflate-bomb-private.mkv", matroska(video_track(b"V_MPEG4/ISO/AVC", 320, 180, encodings, private)), None, short=True)
    frame = element("1F43B675", number("E7", 0), element("A3", b"\x81\0\0\x80", bomb))
    c.refuse("deflate-bomb-frame.mkv", matroska(video_track(b"V_VP8", 320, 180, encodings), frame), None, short=True)
    tags = b""
    for _ in range(5000):
        tags = element("67C8", element("45A3", b"A"), tags)
    c.refuse("nested-tags.mkv", matroska(element("1254C367", element("7373", tags))), None, short=True)
    chapters = b""
    for _ in range(5000):
        chapters = element("B6", chapters)
    c.refuse("nested-chapters.mkv", matroska(element("1043A770", element("45B9", chapters))), None)
    c.refuse("length-2-56.mkv", matroska() + bytes.fromhex("1654AE6B01FFFFFFFFFFFFFE"), "has no picture")
    c.refuse("giant-track.mkv", matroska(video_track(b"V_VP9", 1 << 20, 1 << 20)), None)
    c.refuse("tracks-70000.mkv", matroska(element("1654AE6B", element("AE", number("D7", 1), number("83", 1)) * 70000)), None)
    c.refuse("unknown-codec.mkv", matroska(video_track(b"V_MAGIC", 320, 180)), None)
    linked = element("1549A966", element("3CB923", bytes(16)), element("3C83AB", c.options.segment.encode()))
    c.refuse("linked-segment.mkv", matroska(linked, video_track(b"V_VP8", 320, 180)), None)
    attached = element("1941A469", element("61A7", element("466E", b"../../secret"), element("4660", b"font/ttf"), element("465C", noise(9999, 12))))
    c.refuse("attachment-only.mkv", matroska(attached), None)


def avi_and_streams(c):
    avi = c.clip(f"{SMALL} -c:v mpeg4 -threads 1", "avi")
    head = avi.index(b"strh") + 8
    for name, (offset, value) in {"scale-0": (20, 0), "rate-0": (24, 0), "length-max": (32, 0xFFFFFFFF), "start-max": (28, 0xFFFFFFFF)}.items():
        data = bytearray(avi)
        struct.pack_into("<I", data, head + offset, value)
        c.add(f"avi-{name}.avi", bytes(data), "either")
    depth = b""
    for _ in range(5000):
        depth = b"LIST" + struct.pack("<I", 4 + len(depth)) + b"hdrl" + depth
    c.refuse("avi-nested.avi", b"RIFF" + struct.pack("<I", 4 + len(depth)) + b"AVI " + depth, None, short=True)
    size = avi.index(b"strf") + 8 + 4
    c.refuse("avi-giant.avi", avi[:size] + struct.pack("<ii", 60000, 60000) + avi[size + 8:], None)
    c.add("avi-no-index.avi", avi[:avi.rindex(b"idx1")], "either")
    small = c.clip(f"-f lavfi -i color=red:s=320x180:r=30:d=1 {X264}", "ts")
    giant = c.clip(f"-f lavfi -i color=red:s=8400x880:r=30:d=0.2 {X264} -output_ts_offset 1", "ts")
    c.refuse("grows-midway.ts", small + giant, "too large", short=True)
    turns = []
    for index in range(40):
        shape = ("320x180", "180x320", "640x16", "48x64")[index % 4]
        turns.append(lambda shape=shape, index=index: c.clip(
            f"-f lavfi -i color=red:s={shape}:r=30:d=0.1 {X264} -output_ts_offset {index / 10}", "ts"))
    c.add("changes-40-times.ts", lambda: b"".join(turn() for turn in turns), "either")


def wrong_content(c):
    make = {
        "sound-only.mp4": ("-f lavfi -i sine=d=2 -c:a aac", "no picture", True),
        "cover.mp4": ("-f lavfi -i sine=d=2 -f lavfi -i color=red:s=320x320:r=1:d=1 -frames:v 1 -c:v mjpeg -disposition:v attached_pic -c:a aac", "no picture", False),
        "magicyuv.avi": (f"{SMALL} -c:v magicyuv -pix_fmt gbrp", CODED, True), "magicyuv.mkv": (f"{SMALL} -c:v magicyuv -pix_fmt gbrp", CODED, True),
        "ffv1.mkv": (f"{SMALL} -c:v ffv1", CODED, False), "huffyuv.avi": (f"{SMALL} -c:v huffyuv -pix_fmt yuv422p", CODED, False),
        "raw.avi": (f"{SMALL} -c:v rawvideo -pix_fmt bgr24", CODED, False), "png.mov": (f"{SMALL} -c:v png", CODED, False),
        "jpeg2000.mov": (f"-f lavfi -i testsrc2=s=64x64:r=5:d=1 -c:v jpeg2000", CODED, True), "utvideo.avi": (f"{SMALL} -c:v utvideo -pix_fmt yuv422p", CODED, False),
        "cinepak.avi": ("-f lavfi -i testsrc2=s=64x64:r=5:d=1 -c:v cinepak", CODED, False), "flv1.avi": (f"{SMALL} -c:v flv", CODED, False),
        "wmv.avi": (f"{SMALL} -c:v wmv2", CODED, False), "theora.mkv": (f"{SMALL} -c:v libtheora", CODED, False),
        "mpeg1.mpg": (f"-f lavfi -i testsrc2=s=320x180:r=30:d=1.5 -c:v mpeg1video", CODED, False),
        "1x1.avi": ("-f lavfi -i color=red:s=2x2:r=30:d=1 -vf scale=1:1 -c:v mjpeg -pix_fmt yuvj444p", "too small", True),
        "2x2.mp4": (f"-f lavfi -i color=red:s=2x2:r=30:d=1 {X264}", "too small", True),
        "4000x100.mp4": (f"-f lavfi -i color=red:s=4000x100:r=10:d=1 {X264}", "too narrow", True),
        "100x4000.mp4": (f"-f lavfi -i color=red:s=100x4000:r=10:d=1 {X264}", "too narrow", False),
        "narrow-pixels.mp4": (f"-f lavfi -i color=red:s=800x200:r=10:d=1 -vf setsar=4 {X264}", "too narrow", False),
        "17-tracks.mkv": (f"{SMALL} -f lavfi -i anullsrc=r=8000:cl=mono:d=1 -map 0 {'-map 1 ' * 16}{X264} -c:a pcm_s16le -shortest", "more than 16 tracks", True),
        "2000-a-second.mkv": (f"-f lavfi -i color=red:s=16x16:r=2000:d=20 {X264}", "too many frames", False),
    }
    for name, (arguments, reason, short) in make.items():
        c.refuse(name, lambda: c.clip(arguments, name.rsplit(".", 1)[1]), reason, short)
    fine = {
        "16x16.mp4": f"-f lavfi -i testsrc2=s=16x16:r=30:d=1.2 {X264}",
        "641x361-444.mp4": "-f lavfi -i testsrc2=s=641x361:r=24:d=1.5 -c:v libx264 -preset ultrafast -pix_fmt yuv444p -threads 1",
        "240-a-second.mp4": f"-f lavfi -i testsrc2=s=320x180:r=240:d=1.5 {X264}", "half-a-second.mp4": f"-f lavfi -i testsrc2=s=320x180:r=0.5:d=8 {X264}",
        "anamorphic.mp4": f"{SMALL} -vf setsar=4/3 {X264}", "interlaced.ts": f"-f lavfi -i testsrc2=s=320x180:r=50:d=2 -vf interlace -c:v mpeg2video -flags +ildct+ilme -threads 1",
        "pq.mp4": "-f lavfi -i testsrc2=s=320x180:r=30:d=1.2 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc"
        " -x265-params log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:pools=1",
        "vfr.mp4": f"-f lavfi -i testsrc2=s=320x180:r=60:d=2 -vf select='not(mod(n,7))+not(mod(n,4))' -vsync vfr {X264}",
        "sound-outlasts-picture.mkv": f"{SMALL} -f lavfi -i sine=d=6 {X264} -c:a aac", "late-picture.mkv": f"{SMALL} {X264} -output_ts_offset 7",
        "8192-wide.mp4": f"-f lavfi -i color=red:s=8192x1024:r=10:d=1 {X264}",
    }
    for name, arguments in fine.items():
        c.add(name, lambda: c.clip(arguments, name.rsplit(".", 1)[1]), "accept", short=name in ("641x361-444.mp4", "pq.mp4", "late-picture.mkv"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--canary", type=int, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--segment", required=True)
    parser.add_argument("--short", action="store_true")
    corpus = Corpus(parser.parse_args())
    for part in (not_video, playlists, cut, lies, mutated_boxes, fuzzed_payloads, matroska_tricks, avi_and_streams, wrong_content):
        part(corpus)
    with open(os.path.join(corpus.options.folder, "manifest.json"), "w") as file:
        json.dump(corpus.cases, file, indent=1)
    print(f"{len(corpus.cases)} files in {corpus.options.folder}")


if __name__ == "__main__":
    main()
