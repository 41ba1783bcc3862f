resource "aws_appautoscaling_target" "http" {
  for_each           = local.uses_fargate ? local.http_services : {}
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.name}/${each.key}"
  min_capacity       = each.value.count_min
  max_capacity       = each.value.count_max
  depends_on         = [aws_ecs_service.main]
}

locals {
  http_metrics = {
    cpu      = { metric = "ECSServiceAverageCPUUtilization", target = var.scaling.cpu_percent }
    memory   = { metric = "ECSServiceAverageMemoryUtilization", target = var.scaling.memory_percent }
    requests = { metric = "ALBRequestCountPerTarget", target = var.scaling.requests_per_target }
  }
}

resource "aws_appautoscaling_policy" "http" {
  for_each = local.uses_fargate ? {
    for pair in setproduct(keys(local.http_services), keys(local.http_metrics)) : "${pair[0]}-${pair[1]}" => pair
  } : {}
  name               = each.key
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = aws_appautoscaling_target.http[each.value[0]].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = local.http_metrics[each.value[1]].target
    scale_out_cooldown = var.scaling.out_cooldown_seconds
    scale_in_cooldown  = var.scaling.in_cooldown_seconds

    predefined_metric_specification {
      predefined_metric_type = local.http_metrics[each.value[1]].metric
      resource_label = (
        each.value[1] == "requests"
        ? "${aws_lb.main.arn_suffix}/${aws_lb_target_group.main[each.value[0]].arn_suffix}" : null
      )
    }
  }
}
