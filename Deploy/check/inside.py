"""A network and a view of /etc/hosts of our own, so that the names of the deployment can be used as they are written.

`python3 inside.py MODULE FUNCTION JSON` runs a function in it; `run` does that from outside. Everything made there
(interfaces, mounts, processes by their parents) ends with it.
"""
import importlib
import json
import os
import pathlib
import subprocess
import sys

import report


def run(module, function, arguments, seconds=600):
    """What the function returns, as JSON."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    done = subprocess.run(
        ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__, module, function,
         json.dumps(arguments)],
        stdout=subprocess.PIPE, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    answer = json.loads(done.stdout.strip().rpartition("\n")[2]) if done.returncode == 0 and done.stdout.strip() else None
    report.require(answer is not None, f"{module}.{function} ended with {done.returncode}: {done.stdout[-2000:]}")
    if "failure" in answer:
        raise report.Failure(answer["failure"])
    return answer["result"]


def names(table, folder):
    """These names, for every program started after this in the same view."""
    path = pathlib.Path(folder) / "hosts"
    path.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in table.items()))
    report.run(["mount", "--bind", path, "/etc/hosts"])


if __name__ == "__main__":
    report.run(["ip", "link", "set", "lo", "up"])
    report.run(["mount", "--make-rprivate", "/"])
    try:
        result = {"result": getattr(importlib.import_module(sys.argv[1]), sys.argv[2])(**json.loads(sys.argv[3]))}
    except report.Failure as failure:
        result = {"failure": str(failure)}
    print(json.dumps(result))
