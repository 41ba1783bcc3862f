# Workers follow the queue: more when each has more than a few waiting messages, one when there is work and nobody, fewer
# when little waits, none (or the minimum) when nothing is left at all.

locals {
  scales_by_queue  = local.uses_sqs
  queue_dimensions = { QueueName = local.queue_name }
  # A service without tasks reports nothing: that is none.
  waiting = "FILL(visible, 0)"
  at_work = "FILL(hidden, 0)"
  running = "FILL(workers, 0)"

  worker_alarms = {
    out = {
      about      = "Each worker has more than ${var.scaling.backlog_per_task} waiting messages"
      expression = "IF(${local.running} > 0, ${local.waiting} / ${local.running}, 0)"
      comparison = "GreaterThanThreshold"
      threshold  = var.scaling.backlog_per_task
      periods    = 1
    }
    wake = {
      about      = "There is work and nobody to do it"
      expression = "IF(${local.running} < 1 AND ${local.waiting} > 0, 1, 0)"
      comparison = "GreaterThanThreshold"
      threshold  = 0
      periods    = 1
    }
    in = {
      about      = "Less than one message waits for each worker, and more workers run than have work"
      expression = "IF(${local.running} > 1, (${local.waiting} + ${local.at_work}) / ${local.running}, 1)"
      comparison = "LessThanThreshold"
      threshold  = 1
      periods    = 5
    }
    idle = {
      about      = "Nothing waits and nothing is at work"
      expression = "IF(${local.running} > 0, ${local.waiting} + ${local.at_work}, 1)"
      comparison = "LessThanThreshold"
      threshold  = 1
      periods    = var.scaling.idle_minutes
    }
  }

  # A far longer queue takes larger steps.
  worker_steps = {
    out  = { type = "PercentChangeInCapacity", least = 1, steps = [[0, 10, 50], [10, 30, 100], [30, null, 200]] }
    wake = { type = "ExactCapacity", least = null, steps = [[0, null, max(1, var.worker.count_min)]] }
    in   = { type = "ChangeInCapacity", least = null, steps = [[null, 0, -1]] }
    idle = { type = "ExactCapacity", least = null, steps = [[null, 0, var.worker.count_min]] }
  }
}

resource "aws_cloudwatch_metric_alarm" "worker_scaling" {
  for_each            = local.scales_by_queue ? local.worker_alarms : {}
  alarm_name          = "${var.name}-worker-${each.key}"
  alarm_description   = "Scaling: ${each.value.about}"
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  treat_missing_data  = "notBreaching"
  alarm_actions = [
    local.uses_fargate ? aws_appautoscaling_policy.worker[each.key].arn : module.ec2["worker"].step_policy_arns[each.key]
  ]

  metric_query {
    id          = "result"
    label       = each.value.about
    expression  = each.value.expression
    return_data = true
  }

  metric_query {
    id = "visible"

    metric {
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible"
      dimensions  = local.queue_dimensions
      period      = 60
      stat        = "Maximum"
    }
  }

  metric_query {
    id = "hidden"

    metric {
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesNotVisible"
      dimensions  = local.queue_dimensions
      period      = 60
      stat        = "Maximum"
    }
  }

  metric_query {
    id = "workers"

    metric {
      namespace   = local.platform.count_namespace
      metric_name = local.platform.count_metric
      dimensions  = local.platform_dimensions["worker"]
      period      = 60
      stat        = "Maximum"
    }
  }
}

resource "aws_appautoscaling_target" "worker" {
  count              = local.uses_fargate ? 1 : 0
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.name}/worker"
  min_capacity       = local.scales_by_queue ? var.worker.count_min : max(1, var.worker.count_min)
  max_capacity       = var.worker.count_max
  depends_on         = [aws_ecs_service.main]
}

resource "aws_appautoscaling_policy" "worker" {
  for_each           = local.uses_fargate && local.scales_by_queue ? local.worker_steps : {}
  name               = "worker-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = aws_appautoscaling_target.worker[0].resource_id

  step_scaling_policy_configuration {
    adjustment_type          = each.value.type
    min_adjustment_magnitude = each.value.least
    metric_aggregation_type  = "Maximum"
    cooldown                 = contains(["out", "wake"], each.key) ? var.scaling.out_cooldown_seconds : var.scaling.in_cooldown_seconds

    dynamic "step_adjustment" {
      for_each = each.value.steps

      content {
        metric_interval_lower_bound = step_adjustment.value[0]
        metric_interval_upper_bound = step_adjustment.value[1]
        scaling_adjustment          = step_adjustment.value[2]
      }
    }
  }
}

# A queue in Redis has no figures in CloudWatch of its own: then workers follow their load, and one always runs.
resource "aws_appautoscaling_policy" "worker_cpu" {
  count              = local.uses_fargate && !local.scales_by_queue ? 1 : 0
  name               = "worker-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = aws_appautoscaling_target.worker[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.scaling.cpu_percent
    scale_out_cooldown = var.scaling.out_cooldown_seconds
    scale_in_cooldown  = var.scaling.in_cooldown_seconds

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
