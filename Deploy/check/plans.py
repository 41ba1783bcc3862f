"""Terraform: format, validity, and a plan of each example on a local AWS server, whose JSON is then asked questions."""
import contextlib
import glob
import json
import os
import pathlib
import shutil
import sys
import tempfile

import report
from report import require

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "Deploy/terraform"
EXAMPLES = sorted(path.stem for path in (SOURCE / "examples").glob("*.tfvars"))
# Where Terraform looks for providers by itself, and where images of build machines keep them.
MIRRORS = ["~/.terraform.d/plugins", "~/.local/share/terraform/plugins", "/usr/local/share/terraform/plugins",
           "/usr/share/terraform/plugins", "/opt/*"]
SERVICES = "ec2,iam,s3,secretsmanager,sqs,ssm,sts"


def provider_mirror():
    """A folder with the AWS provider; none: Terraform asks its registry."""
    for pattern in ([os.environ["TF_PLUGIN_MIRROR"]] if "TF_PLUGIN_MIRROR" in os.environ else MIRRORS):
        for folder in glob.glob(os.path.expanduser(pattern)):
            if os.path.isdir(f"{folder}/registry.terraform.io/hashicorp/aws"):
                return folder
    return None


class Workspace:
    """A copy of the configuration with a state of its own and the local server's addresses."""

    def __init__(self, folder, endpoint="http://127.0.0.1:1"):
        self.folder = pathlib.Path(folder) / "terraform"
        shutil.copytree(SOURCE, self.folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        endpoints = "\n".join(f'    {service} = "{endpoint}"' for service in SERVICES.split(","))
        (self.folder / "check_override.tf").write_text(f"""terraform {{
  backend "local" {{}}
}}

provider "aws" {{
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  endpoints {{
{endpoints}
  }}
}}
""")
        settings = pathlib.Path(folder) / "terraform.rc"
        mirror = provider_mirror()
        settings.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n' if mirror else "")
        self.environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self.run("init", "-input=false")

    def run(self, *arguments):
        return report.run(["terraform", f"-chdir={self.folder}", arguments[0], "-no-color", *arguments[1:]], env=self.environment)

    def plan(self, example):
        self.run("plan", "-input=false", f"-var-file=examples/{example}.tfvars", f"-out={example}.plan")
        return json.loads(report.run(
            ["terraform", f"-chdir={self.folder}", "show", "-json", f"{example}.plan"], env=self.environment))


@contextlib.contextmanager
def aws_server():
    """An AWS server that answers what a plan asks: the account, the zones, a random password."""
    sys.path.insert(0, str(ROOT / "Scripts/test-servers"))
    import aws
    port = aws.free_port()
    with tempfile.TemporaryDirectory(prefix="anb-plan-") as folder:
        server = aws.start(port, folder, services=SERVICES, checks_signatures=False)
        try:
            aws.wait_until_ready(server, f"http://127.0.0.1:{port}", folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


class Plan:
    def __init__(self, example, shown):
        self.example = example
        self.shown = shown
        self.variables = {name: entry.get("value") for name, entry in shown["variables"].items()}
        self.resources, self.kinds = {}, {}
        self._collect(shown["planned_values"]["root_module"])
        self.configuration = shown["configuration"]

    def copy(self):
        return Plan(self.example, json.loads(json.dumps(self.shown)))

    def _collect(self, module):
        for resource in module.get("resources", []):
            self.resources[resource["address"]] = resource["values"]
            self.kinds[resource["address"]] = resource["type"]
        for child in module.get("child_modules", []):
            self._collect(child)

    def of(self, kind):
        """The resources of a kind, by address."""
        return {address: self.resources[address] for address, found in self.kinds.items() if found == kind}

    def one(self, address):
        require(address in self.resources, f"{self.example}: no {address}")
        return self.resources[address]

    def equal(self, address, **wanted):
        values = self.one(address)
        for name, value in wanted.items():
            require(values.get(name) == value, f"{self.example}: {address}.{name} is {values.get(name)!r}, not {value!r}")

    def statements(self, program):
        return json.loads(self.one(f'aws_iam_role_policy.program["{program}"]')["policy"])["Statement"]

    def container(self, service):
        return json.loads(self.one(f'aws_ecs_task_definition.main["{service}"]')["container_definitions"])[0]


def as_list(value):
    return value if isinstance(value, list) else [value]
