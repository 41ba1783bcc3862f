"""The platform's processes: started again whenever they end, each life under a name of its own in the database."""

import os
import pathlib
import signal
import subprocess
import threading
import time


class Program:
    """One slot of a fleet and its supervisor, which restarts it as an operator's would."""

    RESTART_SECONDS = 0.3

    def __init__(self, name, command, settings, database_url, folder):
        self.name = name
        self.command = [str(part) for part in command]
        self.settings = settings
        self.database_url = database_url
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.lock = threading.Lock()
        self.life = 0
        self.process = None
        self.wanted = True
        self.killed = False
        self.restart_delay = self.RESTART_SECONDS
        self.endings = []  # (time, exit code, last line of the log) of lives that ended by themselves
        self._start()
        self.supervisor = threading.Thread(target=self._supervise, daemon=True)
        self.supervisor.start()

    @property
    def life_name(self):
        return f"{self.name}.{self.life}"

    @property
    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    LOADING_SECONDS = 1.0  # a program that is still being loaded ends by the signal itself

    def _start(self):
        self.life += 1
        self.started = time.monotonic()
        self.killed = False
        environment = {**os.environ, **self.settings, "ANB_DATA_DIR": str(self.folder),
                       "DATABASE_URL": self.database_url(self.life_name)}
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def _supervise(self):
        while True:
            code = self.process.wait()
            with self.lock:
                if not self.wanted:
                    return
                if not self.killed:
                    self.endings.append((time.time(), code, self.log.strip().rpartition("\n")[2][-300:]))
            time.sleep(self.restart_delay)
            with self.lock:
                if not self.wanted:
                    return
                self._start()

    def kill(self, restart_delay):
        """As a power cut would. Answers the life and the time, or nothing when there was nobody to kill."""
        with self.lock:
            if self.process.poll() is not None:
                return None
            self.killed = True
            self.restart_delay = restart_delay
            now = time.time()
            self.process.send_signal(signal.SIGKILL)
            return self.life_name, now

    def pause(self):
        with self.lock:
            if self.process.poll() is not None:
                return None
            self.process.send_signal(signal.SIGSTOP)
            return self.process, self.life_name, time.time()

    def end(self, seconds=60):
        """Asks it to end; answers the exit code."""
        with self.lock:
            self.wanted = False
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGCONT)
                time.sleep(max(0.0, self.started + self.LOADING_SECONDS - time.monotonic()))
                self.process.terminate()
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise TimeoutError(f"waited {seconds} s for {self.name} to end after SIGTERM: {self.log[-1500:]}")

    def kill_for_good(self):
        with self.lock:
            self.wanted = False
            if self.process.poll() is None:
                self.process.kill()
        self.process.wait()


class Fleet:
    """API replicas and workers on one database, one queue and one store, each with a data folder of its own."""

    def __init__(self, stage, name, replicas, workers, settings):
        self.stage, self.name = stage, name
        folder = pathlib.Path(stage.folder) / f"{name}-processes"
        folder.mkdir()
        self.folder = folder
        self.settings = {
            "JWT_SECRET": "chaos" * 8, "LOG_LEVEL": "info", "WORKER_CONCURRENCY": "4",
            **stage.mix.settings(name, stage.proxy.port), **settings,
        }
        binaries = pathlib.Path(stage.binaries)

        def database_url(life):
            return stage.postgres.url_of(name, life)

        self.ports = [stage.free_port() for _ in range(replicas)]
        self.programs = []
        try:
            for index, port in enumerate(self.ports):
                self.programs.append(Program(
                    f"api{index}", [binaries / "anb-api", "serve", "--worker", "none", "--port", port],
                    self.settings, database_url, folder))
            for index in range(workers):
                self.programs.append(Program(
                    f"worker{index}", [binaries / "anb-chaos-worker"], self.settings, database_url, folder))
        except BaseException:
            self.kill_for_good()
            raise

    @property
    def replicas(self):
        return [program for program in self.programs if program.name.startswith("api")]

    @property
    def workers(self):
        return [program for program in self.programs if program.name.startswith("worker")]

    def end(self):
        """The exit codes by name."""
        return {program.name: program.end() for program in self.programs}

    def kill_for_good(self):
        for program in self.programs:
            program.kill_for_good()

    def sweep(self):
        """One last sweep, with a grace of a second; all is quiet now, so nothing is on its way."""
        time.sleep(2)
        environment = {
            **os.environ, **self.settings, "ANB_DATA_DIR": str(self.folder / "sweep"), "ORPHAN_GRACE_SECONDS": "1",
            "DATABASE_URL": self.stage.postgres.url_of(self.name, "sweep"),
        }
        # The note of an upload whose server was killed ends with the grace it was written under.
        done = subprocess.run(
            [pathlib.Path(self.stage.binaries) / "anb-worker", "sweep"], env=environment, capture_output=True, text=True,
            timeout=120)
        if done.returncode:
            raise RuntimeError(f"the sweep ended with {done.returncode}: {done.stderr[-1000:]}")
        return done.stdout.strip()
