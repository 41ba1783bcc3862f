"""Ways in which a plan could be wrong, each with the rule that has to notice."""
import json
import pathlib

import plan_rules

RUNBOOK = (pathlib.Path(__file__).resolve().parents[2] / "Docs/Runbook.md").read_text()

QUEUE, DEAD = "aws_sqs_queue.jobs[0]", "aws_sqs_queue.dead[0]"
WORKER = 'aws_ecs_service.main["worker"]'


def put(address, name, value):
    return lambda plan: plan.resources[address].__setitem__(name, value)


def statement(program, change):
    def spoil(plan):
        role = plan.resources[f'aws_iam_role_policy.program["{program}"]']
        policy = json.loads(role["policy"])
        change(policy["Statement"])
        role["policy"] = json.dumps(policy)
    return spoil


def container(service, change):
    def spoil(plan):
        task = plan.resources[f'aws_ecs_task_definition.main["{service}"]']
        containers = json.loads(task["container_definitions"])
        change(containers[0])
        task["container_definitions"] = json.dumps(containers)
    return spoil


def expression(name, text):
    def spoil(plan):
        alarm = plan.resources[f'aws_cloudwatch_metric_alarm.worker_scaling["{name}"]']
        next(query for query in alarm["metric_query"] if query["return_data"])["expression"] = text
    return spoil


def without(address):
    return lambda plan: (plan.resources.pop(address), plan.kinds.pop(address))


def alarms(plan):
    return plan_rules.alarms(plan, RUNBOOK)


def version(address, name, variable):
    def spoil(plan):
        resource = next(found for found in plan.configuration["root_module"]["resources"] if found["address"] == address)
        resource["expressions"][name]["references"] = [variable]
    return spoil


def edge(name, here):
    def spoil(plan):
        old = f'aws_vpc_security_group_{here}_rule.edge["api>database"]'
        new = f'aws_vpc_security_group_{here}_rule.edge["{name}"]'
        plan.resources[new], plan.kinds[new] = plan.resources[old], plan.kinds[old]
    return spoil


ALL = [
    ("messages are kept four days", plan_rules.queues, put(QUEUE, "message_retention_seconds", 345600)),
    ("the queue is not FIFO", plan_rules.queues, put(QUEUE, "fifo_queue", False)),
    ("dead after 100 deliveries", plan_rules.queues, put(QUEUE, "redrive_policy", json.dumps({"maxReceiveCount": 100, "deadLetterTargetArn": "x"}))),
    ("dead letters in plain text", plan_rules.queues, put(DEAD, "sqs_managed_sse_enabled", False)),
    ("plain HTTP to the queue", plan_rules.queues, put('aws_sqs_queue_policy.main["jobs"]', "policy", '{"Statement": {"Effect": "Allow", "Condition": {}}}')),
    ("the API may do everything with objects", plan_rules.policies, statement("api", lambda all: all[0].__setitem__("Action", "s3:*"))),
    ("the worker may read every bucket", plan_rules.policies, statement("worker", lambda all: all[0].__setitem__("Resource", "*"))),
    ("the API receives messages", plan_rules.policies, statement("api", lambda all: all[3]["Action"].append("sqs:ReceiveMessage"))),
    ("the API publishes", plan_rules.policies, statement("api", lambda all: all[2].__setitem__("Resource", "arn:aws:s3:::anb-fifo-videos/processed/*"))),
    ("the worker may not delete", plan_rules.policies, statement("worker", lambda all: all[0]["Action"].remove("s3:DeleteObject"))),
    ("the load balancer reaches the worker", plan_rules.security_groups, edge("load-balancer>worker", "ingress")),
    ("the load balancer reaches the database", plan_rules.security_groups, edge("load-balancer>database", "ingress")),
    ("the internet reaches port 22", plan_rules.security_groups, put('aws_vpc_security_group_ingress_rule.internet["0.0.0.0/0:80"]', "from_port", 22)),
    ("the database is public", plan_rules.security_groups, put("aws_db_instance.main", "publicly_accessible", True)),
    ("tasks have public addresses", plan_rules.security_groups, put(WORKER, "network_configuration", [{"assign_public_ip": True}])),
    ("one zone for the database", plan_rules.stores, put("aws_db_instance.main", "multi_az", False)),
    ("the database in plain text", plan_rules.stores, put("aws_db_instance.main", "storage_encrypted", False)),
    ("a backup of one day", plan_rules.stores, put("aws_db_instance.main", "backup_retention_period", 1)),
    ("Redis without TLS", plan_rules.stores, put("aws_elasticache_replication_group.main[0]", "transit_encryption_enabled", False)),
    ("a public bucket", plan_rules.stores, put('aws_s3_bucket_public_access_block.main["originals"]', "block_public_policy", False)),
    ("no versions", plan_rules.stores, without('aws_s3_bucket_versioning.main["originals"]')),
    ("no circuit breaker", plan_rules.services, put(WORKER, "deployment_circuit_breaker", [])),
    ("a release takes half of the tasks away", plan_rules.services, put(WORKER, "deployment_minimum_healthy_percent", 50)),
    ("no Spot", plan_rules.services, put(WORKER, "capacity_provider_strategy", [{"capacity_provider": "FARGATE", "weight": 100}])),
    ("a root file system that can be written", plan_rules.services, container("api", lambda c: c.__setitem__("readonlyRootFilesystem", False))),
    ("root", plan_rules.services, container("worker", lambda c: c.__setitem__("user", "0"))),
    ("no time to drain", plan_rules.services, container("worker", lambda c: c.__setitem__("stopTimeout", 30))),
    ("nobody notices a worker that hangs", plan_rules.services, container("worker", lambda c: c.pop("healthCheck"))),
    ("a secret in the settings", plan_rules.services, container("api", lambda c: c["environment"].append({"name": "JWT_SECRET", "value": "x"}))),
    ("the backlog is not divided", plan_rules.scaling, expression("out", "FILL(visible, 0)")),
    ("nobody wakes a worker", plan_rules.scaling, expression("wake", "IF(FILL(workers, 0) < 0, 1, 0)")),
    ("idle though one works", plan_rules.scaling, expression("idle", "IF(FILL(workers, 0) > 0, FILL(visible, 0), 1)")),
    ("a backlog of 30 is fine", plan_rules.scaling, put('aws_cloudwatch_metric_alarm.worker_scaling["out"]', "threshold", 30)),
    ("the API is not scaled by requests", plan_rules.scaling, without('aws_appautoscaling_policy.http["api-requests"]')),
    ("the API closes idle connections first", plan_rules.entry, put("aws_lb.main", "idle_timeout", 130)),
    ("old TLS", plan_rules.entry, put("aws_lb_listener.https", "ssl_policy", "ELBSecurityPolicy-2016-08")),
    ("uploads end with their target", plan_rules.entry, put('aws_lb_target_group.main["api"]', "deregistration_delay", "30")),
    ("nobody hears of dead jobs", alarms, without('aws_cloudwatch_metric_alarm.main["dead-jobs"]')),
    ("the alarm of dead jobs asks nobody", alarms, put('aws_cloudwatch_metric_alarm.main["dead-jobs"]', "dimensions", {"Service": "api"})),
    ("nobody counts dead jobs", alarms, container("api", lambda c: c["environment"].remove({"name": "METRICS_EMF_SECONDS", "value": "60"}))),
    ("the API computes at its limit", alarms, without('aws_cloudwatch_metric_alarm.main["api-cpu"]')),
    ("a new password in the URL only", plan_rules.secrets, version("aws_db_instance.main", "password_wo_version", "var.token_secret_version")),
    ("a new password logs everybody out", plan_rules.secrets,
     version("aws_ssm_parameter.jwt_secret", "value_wo_version", "var.database_secret_version")),
    ("plain HTTP is served", plan_rules.entry, put("aws_lb_listener.http", "default_action", [{"type": "forward"}])),
]
