"""What goes wrong on the way to the queue."""

import contextlib
import socket
import threading


class Proxy:
    """A TCP proxy in front of the queue, so that only the queue goes away and not what else its server does.

    `silent` is a network that drops everything: connections stay open, nothing arrives. `cut` is a server that is gone:
    connections break, new ones are refused.
    """

    def __init__(self, target_port):
        self.target_port = target_port
        self.state = "open"
        self.changed = threading.Condition()
        self.sockets = set()
        self.listener = self._listen(0)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _listen(self, port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        return listener

    def set(self, state):
        with self.changed:
            self.state = state
            if state == "cut":
                # Shutting down wakes the accepting thread; closing alone would not.
                for victim in [self.listener, *self.sockets]:
                    with contextlib.suppress(OSError):
                        victim.shutdown(socket.SHUT_RDWR)
                self.listener.close()
            elif self.listener.fileno() < 0:
                self.listener = self._listen(self.port)
            self.changed.notify_all()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                with self.changed:
                    self.changed.wait_for(lambda: self.listener.fileno() >= 0)
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _passes(self):
        with self.changed:
            self.changed.wait_for(lambda: self.state != "silent")
            return self.state == "open"

    def _serve(self, client):
        try:
            if not self._passes():
                return client.close()
            server = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
            server.settimeout(None)
        except OSError:
            return client.close()
        with self.changed:
            self.sockets |= {client, server}
        threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
        self._pump(server, client)

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if not self._passes():
                    break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self.changed:
            self.sockets -= {source, sink}
