"""Pieces of MP4 and Matroska files, for what no encoder would write."""
import struct


def box(name, *content):
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name.encode()) + body


CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"udta"}


def boxes(data, start=0, end=None, path=()):
    """Every box of an MP4: its names from the outermost on, its offset, its size."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > end:
            return
        names = path + (name.decode("latin1"),)
        yield names, start, size
        if name in CONTAINERS:
            yield from boxes(data, start + 8, start + size, names)
        start += size


def content(data, name):
    """Where the content of the first box of that name starts."""
    return next(offset for names, offset, _ in boxes(data) if names[-1] == name) + 8


def patched(data, name, offset, *values):
    """With 32-bit words of a box's content replaced."""
    changed = bytearray(data)
    struct.pack_into(f">{len(values)}I", changed, content(data, name) + offset, *[value & 0xFFFFFFFF for value in values])
    return bytes(changed)


def element(identifier, *content):
    """An EBML element with an eight-byte length."""
    body = b"".join(content)
    return bytes.fromhex(identifier) + struct.pack(">Q", len(body) | 1 << 56) + body


def number(identifier, value):
    return element(identifier, struct.pack(">Q", value))


def matroska(*segment):
    head = element("1A45DFA3", number("4286", 1), element("4282", b"matroska"), number("4287", 4), number("4285", 2))
    # Without a cluster nothing is opened at all.
    cluster = element("1F43B675", number("E7", 0), element("A3", b"\x81\0\0\x80picture"))
    return head + element("18538067", *segment, cluster)


def video_track(codec, width, height, *extra):
    return element(
        "1654AE6B",
        element("AE", number("D7", 1), number("73C5", 1), number("83", 1), element("86", codec),
                element("E0", number("B0", width), number("BA", height)), *extra))
