"""One line for each check while they run, and a table at the end."""
import contextlib
import subprocess
import sys
import time


class Failure(Exception):
    """What a check found wrong."""


def run(command, seconds=600, **options):
    """Standard output of a program that must succeed."""
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds, **options)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise Failure(f"{command[0]} ended with {done.returncode}: {said[-3000:]}")
    return done.stdout


def require(condition, message):
    if not condition:
        raise Failure(message)


class Report:
    def __init__(self):
        self.rows = []

    @contextlib.contextmanager
    def check(self, name):
        """What fails inside is this check's failure, and the ones after it run all the same."""
        note = {"result": ""}
        started = time.monotonic()
        try:
            yield note
            outcome = "ok"
        except (Failure, OSError, subprocess.SubprocessError, KeyError, IndexError, ValueError) as error:
            outcome, note["result"] = "FAILED", f"{type(error).__name__}: {error}" if not isinstance(error, Failure) else str(error)
        seconds = time.monotonic() - started
        self.rows.append((outcome, name, seconds, note["result"]))
        print(f"{outcome:6} {name} ({seconds:.1f} s) {note['result']}", flush=True)

    def finish(self):
        width = max(len(name) for _, name, _, _ in self.rows)
        print(f"\n{'':6} {'check'.ljust(width)}  seconds  result")
        for outcome, name, seconds, result in self.rows:
            print(f"{outcome:6} {name.ljust(width)}  {seconds:7.1f}  {result.splitlines()[0][:140] if result else ''}")
        failed = sum(outcome != "ok" for outcome, _, _, _ in self.rows)
        print(f"\n{len(self.rows) - failed} of {len(self.rows)} checks passed")
        sys.exit(1 if failed else 0)
