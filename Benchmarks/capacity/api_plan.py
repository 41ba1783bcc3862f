"""The API under the load plans of a contest: a smoke, a ramp, a sustained load of one mix of requests, and uploads."""

import itertools
import os
import pathlib
import random
import sys

import load
from contest import padded_clip
from servers import Watch

MB, MIB = 1_000_000, 1 << 20
# Of 100 requests. What people do on the evening of a vote; every vote is a new one.
MIX = {"public list": 30, "ranking": 30, "my videos": 25, "vote": 14, "login": 1}
SMOKE_CONNECTIONS = 5
RAMP = [1, 2, 4, 8, 16, 32, 64, 128, 256]
SUSTAINED_CONNECTIONS = 32
# MB of a clip, clients at the same time.
UPLOADS = [(4, 5), (4, 50), (50, 5), (96, 5)]
# More requests a second than this machine answers: a list that is too short would repeat its votes.
RATE_MAX = 6000


class Machine:
    """Processor time of the whole machine, the database and the generator included."""

    @staticmethod
    def seconds():
        fields = list(map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
        return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


class Measured:
    """A server and the machine while a block runs; `figures` afterwards."""

    def __init__(self, tree):
        self.watch = Watch(tree)

    def __enter__(self):
        self.busy = Machine.seconds()
        self.watch.__enter__()
        return self

    def __exit__(self, *failure):
        self.watch.__exit__(*failure)
        self.figures = {"peak": self.watch.peak / MIB, "cores": self.watch.cores, "seconds": self.watch.seconds,
                        "machine": (Machine.seconds() - self.busy) / self.watch.seconds}


class Plan:
    def __init__(self, contest, server, folder, quick):
        self.contest, self.server, self.folder, self.quick = contest, server, pathlib.Path(folder), quick
        self.chance = random.Random(1)
        self.votes = contest.spread_votes(0, contest.votes)
        self.others = {
            "public list": itertools.repeat("GET\t/api/public/videos\t\t"), "ranking": itertools.repeat("GET\t/api/public/rankings\t\t"),
            "my videos": itertools.cycle(contest.my_videos()), "login": itertools.cycle(contest.logins(0))}

    def mix(self, count):
        for kind in self.chance.choices(list(MIX), MIX.values(), k=count):
            yield next(self.votes) if kind == "vote" else next(self.others[kind])

    def ask(self, connections, seconds):
        requests = load.Requests(self.mix(RATE_MAX * seconds))
        with Measured(self.server.tree) as measured:
            figures = load.ask(self.server.port, requests, seconds, connections)
        figures |= measured.figures | {"connections": connections}
        print(f"  {connections} connections: {figures['rate']:.0f}/s, p95 {figures['p95']:.1f} ms, {figures['refused']} refused",
              file=sys.stderr, flush=True)
        return figures

    def run(self):
        seconds = 2 if self.quick else 8
        ramp = RAMP[::4] if self.quick else RAMP
        slices = 3 if self.quick else 10
        return {
            "idle": self.server.tree.resident() / MIB, "mix": MIX,
            "smoke": self.ask(SMOKE_CONNECTIONS, seconds),
            "ramp": [self.ask(connections, seconds) for connections in ramp],
            "sustained": [self.ask(SUSTAINED_CONNECTIONS, seconds if self.quick else 10) for _ in range(slices)],
            "uploads": [self.upload(size, clients) for size, clients in UPLOADS],
        }

    def upload(self, size, clients):
        clip = padded_clip(self.folder, size * MB)
        tokens = [self.contest.token(person) for person in range(self.contest.players)]
        with Measured(self.server.tree) as measured:
            figures = load.upload(self.server.port, clip, tokens, clients, 3 if self.quick else 10)
        self.server.clear_uploads()
        clip.unlink()
        figures |= measured.figures | {"megabytes": size, "clients": clients}
        print(f"  uploads of {size} MB, {clients} clients: {figures['rate']:.1f}/s, p95 {figures['p95']:.0f} ms, "
              f"{figures['refused']} refused {figures['why']}", file=sys.stderr, flush=True)
        return figures
