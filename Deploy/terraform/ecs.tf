resource "aws_ecs_cluster" "main" {
  count = local.uses_fargate ? 1 : 0
  name  = var.name

  # Counts running tasks, which the workers' scaling divides by.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  count              = local.uses_fargate ? 1 : 0
  cluster_name       = aws_ecs_cluster.main[0].name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

locals {
  task_sizes = merge(
    { for name, service in local.http_services : name => { cpu = service.cpu, memory = service.memory, disk = 21 } },
    { worker = { cpu = var.worker.cpu, memory = var.worker.memory, disk = var.worker.disk } },
  )
  containers = {
    for name in local.services : name => merge(
      {
        name                   = name
        image                  = local.images[name == "worker" ? "anb-worker" : "anb-api"]
        command                = name == "worker" ? ["run"] : local.http_services[name].command
        essential              = true
        readonlyRootFilesystem = true
        user                   = "10001:10001"
        stopTimeout            = var.stop_seconds
        linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
        mountPoints            = [{ sourceVolume = "data", containerPath = "/data", readOnly = false }]
        environment = [
          for key, value in(name == "worker" ? local.worker_settings : local.http_settings) : { name = key, value = value }
        ]
        secrets = [for key, arn in local.secrets : { name = key, valueFrom = arn }]
        # A program whose work hangs is replaced.
        healthCheck = {
          command     = ["CMD", name == "worker" ? "/usr/local/bin/anb-worker" : "/usr/local/bin/anb-api", "health"]
          interval    = 10
          timeout     = 5
          retries     = 3
          startPeriod = name == "worker" ? 60 : 30
        }
        logConfiguration = {
          logDriver = "awslogs"
          options   = { "awslogs-group" = local.log_groups[name], "awslogs-region" = var.region, "awslogs-stream-prefix" = "task" }
        }
      },
      { for key, value in {
        portMappings = [{ containerPort = local.api_port, protocol = "tcp" }]
      } : key => value if name != "worker" },
    )
  }
}

resource "aws_ecs_task_definition" "main" {
  for_each                 = local.uses_fargate ? local.services : toset([])
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.task_sizes[each.key].cpu
  memory                   = local.task_sizes[each.key].memory
  task_role_arn            = aws_iam_role.program[each.key == "worker" ? "worker" : "api"].arn
  execution_role_arn       = aws_iam_role.execution[0].arn
  container_definitions    = jsonencode([local.containers[each.key]])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  ephemeral_storage {
    size_in_gib = local.task_sizes[each.key].disk
  }

  # Scratch space; the image gives the folder to the program's user.
  volume {
    name = "data"
  }
}

resource "aws_ecs_service" "main" {
  for_each                           = local.uses_fargate ? local.services : toset([])
  name                               = each.key
  cluster                            = aws_ecs_cluster.main[0].id
  task_definition                    = aws_ecs_task_definition.main[each.key].arn
  desired_count                      = each.key == "worker" ? max(var.worker.count_min, 1) : local.http_services[each.key].count_min
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  platform_version                   = "LATEST"
  health_check_grace_period_seconds  = each.key == "worker" ? null : 60

  # A release whose tasks do not come up is taken back by itself.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "capacity_provider_strategy" {
    for_each = { for provider, weight in {
      FARGATE      = each.key == "worker" ? 100 - var.worker.spot_percent : 100
      FARGATE_SPOT = each.key == "worker" ? var.worker.spot_percent : 0
    } : provider => weight if weight > 0 }

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value
    }
  }

  network_configuration {
    subnets          = aws_subnet.private[*].id
    security_groups  = [aws_security_group.main[each.key == "worker" ? "worker" : "api"].id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = each.key == "worker" ? [] : [each.key]

    content {
      target_group_arn = aws_lb_target_group.main[each.key].arn
      container_name   = each.key
      container_port   = local.api_port
    }
  }

  # Scaling decides the number.
  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_lb_listener.https, aws_ecs_cluster_capacity_providers.main, aws_iam_role_policy.execution]
}
