# One program on the instances of an Auto Scaling group.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

resource "aws_launch_template" "main" {
  name                   = var.name
  image_id               = var.image_id
  instance_type          = var.instance_type
  vpc_security_group_ids = var.security_group_ids
  update_default_version = true

  iam_instance_profile {
    name = var.instance_profile
  }

  # Version 2 only, and no container's network can reach it.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.disk_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  user_data = base64encode(templatefile("${path.module}/start.sh.tftpl", {
    region       = var.region
    registry     = var.registry
    image        = var.container_image
    command      = join(" ", var.command)
    settings     = var.settings
    secrets      = var.secrets
    log_group    = var.log_group
    stop_seconds = var.stop_seconds
  }))

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = var.name }
  }
}

resource "aws_autoscaling_group" "main" {
  name                      = var.name
  min_size                  = var.count_min
  max_size                  = var.count_max
  vpc_zone_identifier       = var.subnet_ids
  target_group_arns         = var.target_group_arns
  health_check_type         = length(var.target_group_arns) > 0 ? "ELB" : "EC2"
  health_check_grace_period = 120
  default_instance_warmup   = 120
  capacity_rebalance        = var.spot_percent > 0
  enabled_metrics           = ["GroupInServiceInstances", "GroupDesiredCapacity"]

  mixed_instances_policy {
    instances_distribution {
      on_demand_percentage_above_base_capacity = 100 - var.spot_percent
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.main.id
        version            = aws_launch_template.main.latest_version
      }
    }
  }

  # A release: new instances beside the old ones, 100 to 200 %; taken back when they do not become healthy.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 200
      auto_rollback          = true
    }
  }

  tag {
    key                 = "Name"
    value               = var.name
    propagate_at_launch = true
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_autoscaling_policy" "cpu" {
  count                  = var.steps == null ? 1 : 0
  name                   = "cpu"
  autoscaling_group_name = aws_autoscaling_group.main.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.scaling.cpu_percent

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

resource "aws_autoscaling_policy" "requests" {
  count                  = length(var.target_group_arns)
  name                   = "requests"
  autoscaling_group_name = aws_autoscaling_group.main.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.scaling.requests_per_target

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = var.request_label
    }
  }
}

resource "aws_autoscaling_policy" "step" {
  for_each                  = var.steps == null ? {} : var.steps
  name                      = each.key
  autoscaling_group_name    = aws_autoscaling_group.main.name
  policy_type               = "StepScaling"
  adjustment_type           = each.value.type
  min_adjustment_magnitude  = each.value.least
  metric_aggregation_type   = "Maximum"
  estimated_instance_warmup = contains(["out", "wake"], each.key) ? 120 : null

  dynamic "step_adjustment" {
    for_each = each.value.steps

    content {
      metric_interval_lower_bound = step_adjustment.value[0]
      metric_interval_upper_bound = step_adjustment.value[1]
      scaling_adjustment          = step_adjustment.value[2]
    }
  }
}

output "step_policy_arns" {
  value = { for key, policy in aws_autoscaling_policy.step : key => policy.arn }
}
