"""Python tools that tests use, each in a virtual environment of its own in the user's cache folder."""
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import venv

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "anb"


def environment(name, version, package, *beside):
    """The folder of the environment, made once, however many ask at the same time. `beside`: more packages, each
    with its own version; raise `version` when they change."""
    home = CACHE / f"{name}-{version}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}-{version}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = home / "installed"
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)
            venv.create(home, with_pip=True)
            subprocess.run(
                [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 f"{package}=={version}", *beside],
                check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
            done.touch()
    return home
