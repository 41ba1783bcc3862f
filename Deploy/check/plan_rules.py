"""What has to hold in the plan of every example; a function for each subject."""
import base64
import json
import pathlib
import re
import subprocess
import tempfile

from plans import as_list
from report import require

FARGATE = {"ecs-fifo", "ecs-three-services", "ecs-paas"}
# What each example is there to show.
EXPECTED = {
    "ecs-fifo": {"queue": "fifo", "services": {"api", "worker"}, "buckets": 1},
    "ecs-three-services": {"queue": "standard", "services": {"api", "auth", "worker"}, "buckets": 2},
    "ecs-paas": {"queue": "standard", "services": {"api", "worker"}, "buckets": 1},
    "ec2-s3": {"queue": "redis", "services": {"api", "worker"}, "buckets": 1},
    "ec2-sqs": {"queue": "standard", "services": {"api", "worker"}, "buckets": 1},
}


def queues(plan):
    name = plan.variables["name"]
    kind = EXPECTED[plan.example]["queue"]
    require(plan.variables["queue"] == kind, f"{plan.example}: queue is {plan.variables['queue']}")
    if kind == "redis":
        require(not plan.of("aws_sqs_queue"), f"{plan.example}: SQS beside Redis")
        plan.equal('aws_elasticache_replication_group.main[0]', transit_encryption_enabled=True)
        return "Redis with TLS, no SQS"
    fifo = kind == "fifo"
    suffix = ".fifo" if fifo else ""
    plan.equal("aws_sqs_queue.jobs[0]", name=f"{name}-jobs{suffix}", fifo_queue=fifo, message_retention_seconds=14 * 86400,
               visibility_timeout_seconds=300, receive_wait_time_seconds=20, sqs_managed_sse_enabled=True)
    plan.equal("aws_sqs_queue.dead[0]", name=f"{name}-jobs-dlq{suffix}", fifo_queue=fifo, message_retention_seconds=14 * 86400,
               sqs_managed_sse_enabled=True)
    if fifo:
        plan.equal("aws_sqs_queue.jobs[0]", content_based_deduplication=False, deduplication_scope="messageGroup",
                   fifo_throughput_limit="perMessageGroupId")
    redrive = json.loads(plan.one("aws_sqs_queue.jobs[0]")["redrive_policy"])
    require(redrive["maxReceiveCount"] == 3 and redrive["deadLetterTargetArn"].endswith(f":{name}-jobs-dlq{suffix}"),
            f"{plan.example}: redrive policy {redrive}")
    for policy in plan.of("aws_sqs_queue_policy").values():
        denies_plain(plan, policy["policy"])
    return f"{kind}: 14 d, 300 s, 20 s, dead after 3"


def denies_plain(plan, policy):
    statement = as_list(json.loads(policy)["Statement"])[0]
    require(statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}},
            f"{plan.example}: a policy does not refuse plain HTTP: {statement}")


def policies(plan):
    """No wildcards of actions, only our own resources, and exactly the actions that are needed."""
    sqs = EXPECTED[plan.example]["queue"] != "redis"
    objects = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket"}
    asks = {"sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}
    takes = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
    wanted = {"api": objects | (asks if sqs else set()), "worker": objects | (asks | takes if sqs else set())}
    own = [plan.variables["buckets"]["originals"], plan.variables["buckets"].get("processed") or "", f":{plan.variables['name']}-jobs"]
    for program, actions in wanted.items():
        statements = plan.statements(program)
        found = {action for statement in statements for action in as_list(statement["Action"])}
        require(found == actions, f"{plan.example}: {program} may {sorted(found ^ actions)} or may not")
        for statement in statements:
            for resource in as_list(statement["Resource"]):
                require(statement["Effect"] == "Allow" and any(part and part in resource for part in own) and resource != "*",
                        f"{plan.example}: {program}: {statement}")
        written = {resource for statement in statements if "s3:PutObject" in as_list(statement["Action"])
                   for resource in as_list(statement["Resource"])}
        folders = {resource.split("/")[1] for resource in written}
        require(folders == ({"originals", "uploads"} if program == "api" else {"originals", "processed"}),
                f"{plan.example}: {program} writes {folders}")
    return "exact actions, own resources; only workers publish"


def security_groups(plan):
    """The edges, by the rules' own keys and by what their ports are."""
    ports = {"database": 5432, "redis": 6379, "endpoints": 443, "api": 8000}
    redis = plan.variables["redis"] is not None
    wanted = {"load-balancer>api", "api>database", "worker>database", "api>endpoints", "worker>endpoints"}
    wanted |= {"api>redis", "worker>redis"} if redis else set()
    for kind in ("ingress", "egress"):
        rules = plan.of(f"aws_vpc_security_group_{kind}_rule")
        edges = {re.search(r'edge\["(.*)"\]', address).group(1): rule for address, rule in rules.items() if ".edge[" in address}
        require(set(edges) == wanted, f"{plan.example}: {kind} edges {sorted(set(edges) ^ wanted)} differ")
        for edge, rule in edges.items():
            port = ports[edge.split(">")[1]]
            require((rule["from_port"], rule["to_port"], rule.get("cidr_ipv4")) == (port, port, None), f"{plan.example}: {edge} {rule}")
    require(not any(edge.endswith(">worker") for edge in wanted), "a worker is reached")
    open_ports = {rule["from_port"] for rule in plan.of("aws_vpc_security_group_ingress_rule").values() if rule.get("cidr_ipv4")}
    require(open_ports == {80, 443}, f"{plan.example}: the internet reaches {open_ports}")
    plan.equal("aws_db_instance.main", publicly_accessible=False)
    for service in plan.of("aws_ecs_service").values():
        require(service["network_configuration"][0]["assign_public_ip"] is False, f"{plan.example}: public address")
    for subnet in plan.of("aws_subnet").values():
        require(not subnet["map_public_ip_on_launch"], f"{plan.example}: a subnet gives public addresses")
    return f"{len(wanted)} edges; internet to 80 and 443 of the load balancer only; no way to a worker"


def edge_references(configuration):
    """The rules' keys say who talks to whom; here, that the rule uses the groups that its key names."""
    rules = {f"{rule['type']}.{rule['name']}": rule["expressions"] for rule in configuration["root_module"]["resources"]
             if rule["type"].startswith("aws_vpc_security_group_")}
    for kind, here, there in (("ingress", "to", "from"), ("egress", "from", "to")):
        rule = rules[f"aws_vpc_security_group_{kind}_rule.edge"]
        require(f"each.value.{here}" in rule["security_group_id"]["references"], f"{kind}: {rule['security_group_id']}")
        require(f"each.value.{there}" in rule["referenced_security_group_id"]["references"], f"{kind}: {rule}")


def stores(plan):
    plan.equal("aws_db_instance.main", engine="postgres", multi_az=True, storage_encrypted=True, backup_retention_period=7,
               deletion_protection=True, skip_final_snapshot=False)
    require(any(parameter == {"apply_method": "immediate", "name": "rds.force_ssl", "value": "1"}
                for parameter in plan.one("aws_db_parameter_group.main")["parameter"]), f"{plan.example}: plain connections")
    for group in plan.of("aws_elasticache_replication_group").values():
        require(group["transit_encryption_enabled"] and str(group["at_rest_encryption_enabled"]).lower() == "true", f"{plan.example}: Redis")
    count = EXPECTED[plan.example]["buckets"]
    require(len(plan.of("aws_s3_bucket")) == count, f"{plan.example}: {len(plan.of('aws_s3_bucket'))} buckets")
    for block in plan.of("aws_s3_bucket_public_access_block").values():
        require(all(block[name] for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")),
                f"{plan.example}: {block}")
    for kind in ("public_access_block", "versioning", "server_side_encryption_configuration", "policy", "lifecycle_configuration"):
        require(len(plan.of(f"aws_s3_bucket_{kind}")) == count, f"{plan.example}: not every bucket has {kind}")
    for encryption in plan.of("aws_s3_bucket_server_side_encryption_configuration").values():
        require(encryption["rule"][0]["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256", plan.example)
    for policy in plan.of("aws_s3_bucket_policy").values():
        denies_plain(plan, policy["policy"])
    rules = {rule["id"]: rule for lifecycle in plan.of("aws_s3_bucket_lifecycle_configuration").values() for rule in lifecycle["rule"]}
    require(rules["abort-multipart"]["abort_incomplete_multipart_upload"][0]["days_after_initiation"] == 1, plan.example)
    glacier, expire = plan.variables.get("originals_glacier_days"), plan.variables.get("originals_expire_days")
    require(("originals-to-glacier" in rules, "originals-expire" in rules) == (glacier is not None, expire is not None), f"{plan.example}: {set(rules)}")
    if glacier:
        require(rules["originals-to-glacier"]["transition"][0]["days"] == 90, plan.example)
    if expire:
        require(rules["originals-expire"]["expiration"][0]["days"] == 7, plan.example)
        require(rules["originals-expire"]["filter"][0]["prefix"] == "originals/", plan.example)
    return f"encrypted, not public, {count} bucket(s), Multi-AZ, 7 days of backups"


def services(plan):
    if plan.example not in FARGATE:
        return instances(plan)
    found = {values["name"]: values for values in plan.of("aws_ecs_service").values()}
    require(set(found) == EXPECTED[plan.example]["services"], f"{plan.example}: services {set(found)}")
    for name, service in found.items():
        require(service["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}], f"{plan.example}: {name}: no circuit breaker")
        require((service["deployment_minimum_healthy_percent"], service["deployment_maximum_percent"]) == (100, 200), f"{plan.example}: {name}")
        container = plan.container(name)
        require(container["readonlyRootFilesystem"] and container["user"] == "10001:10001" and not container.get("privileged"), f"{plan.example}: {name}")
        require(container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}, f"{plan.example}: {name} has capabilities")
        program = "anb-worker" if name == "worker" else "anb-api"
        check = container.get("healthCheck", {})
        require(check.get("command") == ["CMD", f"/usr/local/bin/{program}", "health"], f"{plan.example}: {name} has no health check")
        ending = sum(int(environment(container).get(setting, 0)) for setting in ("DRAIN_SECONDS", "SHUTDOWN_SECONDS"))
        require(container["stopTimeout"] == 120 and ending + 5 < 120, f"{plan.example}: {name} has no time to drain")
        require({secret["name"] for secret in container["secrets"]} >= {"DATABASE_URL", "JWT_SECRET"}, f"{plan.example}: {name}")
        require(not {"DATABASE_URL", "JWT_SECRET", "REDIS_URL"} & set(environment(container)), f"{plan.example}: a secret in plain sight")
    spot = plan.variables["worker"].get("spot_percent", 0)
    strategy = {entry["capacity_provider"]: entry["weight"] for entry in found["worker"]["capacity_provider_strategy"]}
    require(strategy.get("FARGATE_SPOT", 0) == spot, f"{plan.example}: {strategy}")
    if plan.example == "ecs-fifo":
        plan.equal('aws_ecs_task_definition.main["api"]', cpu="2048", memory="4096")
        plan.equal('aws_ecs_task_definition.main["worker"]', cpu="2048", memory="8192", ephemeral_storage=[{"size_in_gib": 30}])
    if plan.example == "ecs-three-services":
        plan.equal('aws_ecs_task_definition.main["auth"]', cpu="512", memory="1024")
        require(plan.container("api")["command"][-1] == "core" and plan.container("auth")["command"][-1] == "auth", "routes")
    return f"{', '.join(sorted(found))}: 100/200 %, circuit breaker, 120 s to stop, Spot {spot} %"


def instances(plan):
    groups = plan.of("aws_autoscaling_group")
    require(len(groups) == len(EXPECTED[plan.example]["services"]) and not plan.of("aws_ecs_service"), f"{plan.example}: {set(groups)}")
    for address, group in groups.items():
        refresh = group["instance_refresh"][0]["preferences"][0]
        require((refresh["min_healthy_percentage"], refresh["max_healthy_percentage"], refresh["auto_rollback"]) == (100, 200, True), f"{plan.example}: {refresh}")
    for template in plan.of("aws_launch_template").values():
        options = template["metadata_options"][0]
        require((options["http_tokens"], options["http_put_response_hop_limit"]) == ("required", 1), f"{plan.example}: {options}")
        require(template["block_device_mappings"][0]["ebs"][0]["encrypted"] in (True, "true"), f"{plan.example}: plain disk")
    return f"{len(groups)} groups, rolling 100/200 % with rollback, IMDSv2, encrypted disks"


def environment(container):
    return {entry["name"]: entry["value"] for entry in container["environment"]}


def programs(plan):
    """The settings of each service that are no secrets."""
    if plan.example in FARGATE:
        return {name: environment(plan.container(name)) for name in EXPECTED[plan.example]["services"]}
    return {address.split('"')[1]: dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", script, re.M)) for address, script in start_scripts(plan).items()}


def start_scripts(plan):
    """What instances run when they start, by the address of their template."""
    return {address: base64.b64decode(template["user_data"]).decode() for address, template in plan.of("aws_launch_template").items()}


def scaling(plan):
    kind = EXPECTED[plan.example]["queue"]
    if plan.example in FARGATE:
        policies = plan.of("aws_appautoscaling_policy")
        for name in EXPECTED[plan.example]["services"] - {"worker"}:
            metrics = {policy["target_tracking_scaling_policy_configuration"][0]["predefined_metric_specification"][0]["predefined_metric_type"]
                       for address, policy in policies.items() if f'.http["{name}-' in address}
            require(metrics == {"ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", "ALBRequestCountPerTarget"}, f"{plan.example}: {name} follows {metrics}")
    if kind == "redis":
        return "API by CPU and requests; workers by CPU (a queue in Redis has no CloudWatch figures)"
    alarms = {address.split('"')[1]: alarm for address, alarm in plan.of("aws_cloudwatch_metric_alarm").items() if ".worker_scaling[" in address}
    require(set(alarms) == {"out", "wake", "in", "idle"}, f"{plan.example}: {set(alarms)}")
    expressions = {name: next(query["expression"] for query in alarm["metric_query"] if query["return_data"]) for name, alarm in alarms.items()}
    require(alarms["out"]["threshold"] == 3 and alarms["out"]["comparison_operator"] == "GreaterThanThreshold", f"{plan.example}: backlog limit")
    require(expressions["out"] == "IF(FILL(workers, 0) > 0, FILL(visible, 0) / FILL(workers, 0), 0)", expressions["out"])
    for alarm in alarms.values():
        metrics = {query["id"]: query["metric"][0] for query in alarm["metric_query"] if query["metric"]}
        require(metrics["visible"]["metric_name"] == "ApproximateNumberOfMessagesVisible", str(metrics))
        require(metrics["hidden"]["metric_name"] == "ApproximateNumberOfMessagesNotVisible", str(metrics))
        require(metrics["workers"]["metric_name"] == ("RunningTaskCount" if plan.example in FARGATE else "GroupInServiceInstances"), str(metrics))
    behaviour(plan.example, alarms, expressions)
    idle = steps(plan, "idle")
    require(idle == [plan.variables["worker"].get("count_min", 0)], f"{plan.example}: idle goes to {idle}")
    return f"backlog per task > 3; to {idle[0]} when idle"


def steps(plan, name):
    for address, policy in plan.resources.items():
        if address.endswith(f'aws_appautoscaling_policy.worker["{name}"]'):
            return [step["scaling_adjustment"] for step in policy["step_scaling_policy_configuration"][0]["step_adjustment"]]
        if address.endswith(f'aws_autoscaling_policy.step["{name}"]'):
            return [step["scaling_adjustment"] for step in policy["step_adjustment"]]
    raise KeyError(f"{plan.example}: no step policy {name}")


# visible, hidden, workers → the alarms that should be on; None: nothing is reported
SITUATIONS = [
    ((0, 0, 0), set()), ((0, 0, None), set()), ((5, 0, 0), {"wake"}), ((1, 0, None), {"wake"}), ((3, 2, 1), set()),
    ((4, 2, 1), {"out"}), ((31, 10, 10), {"out"}), ((30, 10, 10), set()), ((0, 2, 3), {"in"}), ((0, 3, 3), set()),
    ((0, 0, 1), {"idle"}), ((0, 1, 1), set()), ((0, 0, 4), {"in", "idle"}),
]


def behaviour(example, alarms, expressions):
    """Works the metric math out for some situations, as CloudWatch would."""
    for (visible, hidden, workers), wanted in SITUATIONS:
        on = set()
        for name, expression in expressions.items():
            value = evaluate(expression, {"visible": visible, "hidden": hidden, "workers": workers})
            above = alarms[name]["comparison_operator"] == "GreaterThanThreshold"
            if value > alarms[name]["threshold"] if above else value < alarms[name]["threshold"]:
                on.add(name)
        require(on == wanted, f"{example}: with {visible} waiting, {hidden} at work, {workers} workers: {on}, not {wanted}")


def evaluate(expression, values):
    """`IF(condition, yes, no)` with FILL; nothing else of metric math is used."""
    require(expression.startswith("IF(") and expression.endswith(")"), expression)
    parts, depth = [""], 0
    for letter in expression[3:-1]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    names = {"FILL": lambda value, other: other if value is None else value, **values, "__builtins__": {}}
    condition, yes, no = (part.strip().replace(" AND ", " and ") for part in parts)
    return eval(yes if eval(condition, names) else no, names)


def entry(plan):
    listener = plan.one("aws_lb_listener.https")
    require(listener["protocol"] == "HTTPS" and "TLS13" in listener["ssl_policy"], str(listener))
    plan.equal("aws_lb_listener.http", protocol="HTTP")
    require(plan.one("aws_lb_listener.http")["default_action"][0]["type"] == "redirect", "plain HTTP is served")
    paths = {address.split(".")[-1]: rule["condition"][0]["path_pattern"][0]["values"] for address, rule in plan.of("aws_lb_listener_rule").items()}
    require(set(paths["auth"]) == {"/auth/*", "/api/auth/*"} and paths["api"] == ["/api/*"], str(paths))
    for group in plan.of("aws_lb_target_group").values():
        require(group["health_check"][0]["path"] == "/health", str(group["health_check"]))
        # ECS and Auto Scaling stop a program after that: a clip on its way has to arrive first.
        require(int(group["deregistration_delay"]) >= 300, f"{plan.example}: uploads have {group['deregistration_delay']} s when a target leaves")
    # Else the load balancer sends a request into a connection that the program is just closing, and answers 502.
    idle = int(plan.one("aws_lb.main")["idle_timeout"])
    for name, found in programs(plan).items():
        kept = int(found.get("HTTP_IDLE_SECONDS", 0))
        require(name == "worker" or kept > idle, f"{plan.example}: {name} keeps connections for {kept} s, the load balancer for {idle} s")
    return "TLS 1.2 and later; /auth/*, /api/*; /metrics is not for strangers; the load balancer closes idle connections first; 300 s for uploads"


def alarms(plan, runbook):
    found = {address.split('"')[1]: alarm for address, alarm in plan.of("aws_cloudwatch_metric_alarm").items() if ".main[" in address}
    sqs, serving = EXPECTED[plan.example]["queue"] != "redis", EXPECTED[plan.example]["services"] - {"worker"}
    wanted = {"server-errors", "no-target", "slow", "database-cpu", "database-storage", "dead-jobs", "oldest-message", "backlog"}
    wanted |= {f"{name}-cpu" for name in serving} | ({"dead-letters"} if sqs else set())
    require(wanted <= set(found), f"{plan.example}: no alarm {wanted - set(found)}")
    for name in found:
        require(re.search(rf"^### {name}$", runbook, re.M) or re.search(rf"^### .*\b{name}\b", runbook, re.M), f"Docs/Runbook.md has nothing on {name}")
    if "dead-letters" in found:
        require(found["dead-letters"]["threshold"] == 0, "one dead letter is enough")
    require(found["slow"]["extended_statistic"] == "p95", "p95")
    for name, program in programs(plan).items():
        require(program.get("METRICS_EMF_SECONDS") == "60", f"{plan.example}: {name} writes no metrics: alarms would be about nothing")
    own = {"namespace": "ANB", "dimensions": {"Service": "anb-api"}, "statistic": "Maximum"}
    alarm = 'aws_cloudwatch_metric_alarm.main["%s"]'
    plan.equal(alarm % "dead-jobs", **own, metric_name="anb_ledger_jobs_dead", threshold=0, evaluation_periods=1)
    if not sqs:
        plan.equal(alarm % "oldest-message", **own, metric_name="anb_ledger_oldest_due_seconds", threshold=900)
        plan.equal(alarm % "backlog", **own, metric_name="anb_ledger_jobs_due", threshold=500)
    groups = {group["name"] for group in plan.of("aws_autoscaling_group").values()}
    for name in serving:
        dimensions = found[f"{name}-cpu"]["dimensions"]
        require(dimensions.get("ServiceName") == name if plan.example in FARGATE else dimensions.get("AutoScalingGroupName") in groups,
                f"{plan.example}: {name}-cpu is about {dimensions}")
    require(len(plan.of("aws_cloudwatch_log_group")) == len(EXPECTED[plan.example]["services"]), plan.example)
    return f"{len(found)} alarms, each in the runbook"


def secrets(plan):
    """A new password goes to the database and into its URL together, and logs nobody out."""
    versions = {resource["address"]: expression["references"] for resource in plan.configuration["root_module"]["resources"]
                for name, expression in resource.get("expressions", {}).items() if name in ("password_wo_version", "value_wo_version")}
    database = ["var.database_secret_version"]
    wanted = {"aws_db_instance.main": database, "aws_ssm_parameter.database_url": database,
              "aws_ssm_parameter.jwt_secret": ["var.token_secret_version"]}
    require(versions == wanted, f"{plan.example}: versions of secrets: {versions}")
    return "the database's password and the key of tokens are made anew apart"


def no_start_without_secrets(script):
    """The preparation of an instance, with other programs in the place of aws and docker."""
    prepare = re.search(r"<<'PREPARE'\n(.*?)\nPREPARE\n", script, re.S).group(1)
    with tempfile.TemporaryDirectory(prefix="anb-prepare-") as folder:
        file = pathlib.Path(folder) / "secrets"
        for answer, starts in [("exit 254", False), ("echo None", False), ("echo", False), ("echo 'a b$c'", True)]:
            stubs = 'aws() { case "$1" in ssm) (%s) ;; *) echo password ;; esac; }; docker() { cat > /dev/null; }\n' % answer
            code = subprocess.run(["bash", "-c", stubs + prepare.replace("/run/anb-secrets", str(file))],
                                  capture_output=True, stdin=subprocess.DEVNULL, timeout=20).returncode
            require((code == 0) == starts, f"parameters answer with {answer!r}: the preparation ended with {code}")
        require("DATABASE_URL=a b$c\n" in file.read_text(), "a secret is not kept as it is")


def settings(plan, known):
    """Only names that `anb-api config` knows."""
    used = {name for found in programs(plan).values() for name in found}
    if plan.example in FARGATE:
        used |= {secret["name"] for service in EXPECTED[plan.example]["services"] for secret in plan.container(service)["secrets"]}
    for script in start_scripts(plan).values():
        used |= set(re.findall(r"^keep ([A-Z_]+) /", script, re.M))
        no_start_without_secrets(script)
    require(used <= known, f"{plan.example}: no such settings: {sorted(used - known)}")
    require({"DATABASE_URL", "JWT_SECRET", "S3_BUCKET", "QUEUE_BACKEND", "TRUSTED_PROXIES"} <= used, f"{plan.example}: {sorted(used)}")
    return f"{len(used)} settings, all known to the programs"


ALL = {"queues": queues, "policies": policies, "security groups": security_groups, "stores": stores, "services": services,
       "scaling": scaling, "entry": entry, "secrets": secrets}
