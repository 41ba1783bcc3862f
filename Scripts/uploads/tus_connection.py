"""tus 1.0 over bare sockets, so that a connection can be cut at any byte."""

import select
import socket
import struct

ANSWER_SECONDS_MAX = 60
EARLY_ANSWER_SECONDS = 0.05


class TusConnection:
    """One request on a connection of its own."""

    def __init__(self, port, token, method, path, headers=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX)
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", "Tus-Resumable: 1.0.0",
                 *(f"{name}: {value}" for name, value in (headers or {}).items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def has_early_answer(self):
        """Whether the server says something before it has read the body."""
        return bool(select.select([self.socket], [], [], EARLY_ANSWER_SECONDS)[0])

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """Status and header fields, by lower-case name."""
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionError(f"the server closed the connection after {data!r}")
            data += chunk
        head, _, self.rest = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), {name.lower(): value for name, value in fields.items()}

    def cut(self, hard):
        """Ends the connection in the middle of everything: with a reset, or as a client that goes away."""
        if hard:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def ask(port, token, method, path, headers=None):
    """A request without a body, and its answer."""
    connection = TusConnection(port, token, method, path, {"Content-Length": "0", **(headers or {})})
    try:
        return connection.answer()
    finally:
        connection.socket.close()
