"""The two servers of the API benchmark as process trees, and the database server that both use."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Scripts"))
from anb_client import Server, free_port  # noqa: E402
from tool_environment import environment  # noqa: E402

from seed import SECRET  # noqa: E402

PACKAGES = ["uvicorn==0.54.0", "uvloop==0.23.0", "httptools==0.9.0", "asyncpg==0.32.0", "orjson==3.13.0", "PyJWT==2.15.1",
            "argon2-cffi==25.1.0", "python-multipart==0.0.34"]


def reference_python():
    return str(environment("api-reference", "0.165.0", "fastapi", *PACKAGES) / "bin" / "python")


@contextlib.contextmanager
def postgres():
    """A PostgreSQL server that syncs every commit to the disk; gives a function that answers the URL of a database."""
    script = str(ROOT / "Scripts/test-servers/postgres.sh")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        url = subprocess.run([script, "start", f"{folder}/pg", "--durable", "--owner", str(os.getpid())],
                             stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        try:
            yield lambda name: url.replace("/postgres", f"/{name}") if name else url
        finally:
            subprocess.run([script, "stop", f"{folder}/pg", "fast"], check=False, stdout=subprocess.DEVNULL)


class Tree:
    """A process with all its children."""

    def __init__(self, pid):
        self.pid = pid

    def pids(self):
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    waiting += map(int, pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        return found

    def resident(self):
        """Bytes of memory; a page that several of the processes share is one page, not several."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError, IndexError, StopIteration):
                total += self.proportional(pid)
        return total

    @staticmethod
    def proportional(pid):
        """The proportional set size, where this user may read it (not of the sandboxed children, unless root)."""
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except PermissionError:
            return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def seconds(self):
        """Processor seconds so far of what is alive, and of its children that have ended."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError, IndexError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        return total


class Watch:
    """The peak of a tree's memory, and its processor time, while a block runs."""

    def __init__(self, tree):
        self.tree, self.peak, self.over = tree, 0, threading.Event()

    def __enter__(self):
        self.begun, self.start = self.tree.seconds(), time.monotonic()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()
        return self

    def look(self):
        while True:
            self.peak = max(self.peak, self.tree.resident())
            if self.over.wait(0.05):
                return

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.seconds = time.monotonic() - self.start
        self.cores = (self.tree.seconds() - self.begun) / self.seconds


class Ours:
    name = "ours"

    def __init__(self, binaries, url, folder, **settings):
        self.folder = pathlib.Path(folder)
        self.server = Server(binaries, folder, ["--worker", "none"], DATABASE_URL=url, JWT_SECRET=SECRET, **settings)
        self.port, self.tree = self.server.port, Tree(self.server.process.pid)

    def clear_uploads(self):
        shutil.rmtree(self.folder / "objects" / "originals", ignore_errors=True)

    def stop(self):
        self.server.stop()


class Reference:
    name = "reference"

    def __init__(self, url, folder, workers):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.log = open(self.folder / "reference.log", "wb")
        self.process = subprocess.Popen(
            [reference_python(), "-m", "uvicorn", "reference:app", "--host", "127.0.0.1", "--port", str(self.port), "--loop", "uvloop",
             "--http", "httptools", "--no-access-log", "--log-level", "warning", "--workers", str(workers)],
            cwd=ROOT / "Benchmarks/api", stdout=self.log, stderr=self.log,
            env={**os.environ, "DATABASE_URL": url, "JWT_SECRET": SECRET, "UPLOADS": str(folder), "WORKERS": str(workers),
                 "PYTHONDONTWRITEBYTECODE": "1"})
        self.tree = Tree(self.process.pid)
        self.await_ready()

    def await_ready(self):
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1).read()
            except OSError:
                time.sleep(0.05)
        sys.exit(f"the reference does not start: {(self.folder / 'reference.log').read_text()[-2000:]}")

    def clear_uploads(self):
        for file in self.folder.iterdir():
            if file.suffix != ".log":
                file.unlink()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
