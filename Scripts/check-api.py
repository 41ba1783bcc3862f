#!/usr/bin/env python3
"""Checks a running server against its own /openapi.json with schemathesis: no server error, no status code, media type
or body that the document does not name.

usage: check-api.py URL [--token TOKEN] [--video-id ID] [--task-id ID] [--upload-id ID]
                    [--examples N] [--seed N]

With a token every request carries it; without one the refusals are checked. The ids let requests reach a video that
exists. Exits with 0 when everything holds, with 1 when not, and prints how to repeat what failed.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from tool_environment import environment

VERSION = "4.32.5"
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance")


def configuration(arguments):
    """Ids for every path; tasks and uploads have their own."""
    others = {"showTask": arguments.task_id}
    others |= dict.fromkeys(("showUpload", "addToUpload", "completeUpload"), arguments.upload_id)
    lines = []
    if arguments.video_id:
        lines += ["[parameters]", f'"path.id" = "{arguments.video_id}"']
    for operation, value in others.items():
        if value:
            lines += ["[[operations]]", f'include-operation-id = "{operation}"', f'parameters = {{ "path.id" = "{value}" }}']
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--token")
    parser.add_argument("--video-id")
    parser.add_argument("--task-id")
    parser.add_argument("--upload-id")
    parser.add_argument("--examples", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    home = environment("schemathesis", VERSION, "schemathesis")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "schemathesis.toml")
        file.write_text(configuration(arguments))
        command = [home / "bin" / "st", "--config-file", file, "run", f"{arguments.url}/openapi.json", "--checks", CHECKS,
                   "--max-examples", str(arguments.examples), "--seed", str(arguments.seed), "--no-color"]
        if arguments.token:
            # The other requests need the session.
            command += ["--exclude-operation-id", "logOut"]
            command += ["--header", f"Authorization: Bearer {arguments.token}"]
        hooks = pathlib.Path(__file__).resolve().parent / "check_api_hooks.py"
        ending = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, env={**os.environ, "SCHEMATHESIS_HOOKS": str(hooks)})
        sys.exit(ending.returncode)


if __name__ == "__main__":
    main()
