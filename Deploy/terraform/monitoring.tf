locals {
  log_groups = { for name in local.services : name => "/${var.name}/${name}" }

  # What either platform calls a service, and how it counts what runs.
  platform = (
    local.uses_fargate
    ? { count_namespace = "ECS/ContainerInsights", count_metric = "RunningTaskCount", cpu_namespace = "AWS/ECS" }
    : { count_namespace = "AWS/AutoScaling", count_metric = "GroupInServiceInstances", cpu_namespace = "AWS/EC2" }
  )
  platform_dimensions = {
    for name in local.services : name => (
      local.uses_fargate
      ? tomap({ ClusterName = var.name, ServiceName = name }) : tomap({ AutoScalingGroupName = "${var.name}-${name}" })
    )
  }
  balancer = { LoadBalancer = aws_lb.main.arn_suffix }
  instance = { DBInstanceIdentifier = var.name }
  # Every API process writes the ledger's figures into its log (METRICS_EMF_SECONDS), all of them the same: take the largest.
  ledger = tomap({ Service = "anb-api" })
  # A queue in Redis has no figures in CloudWatch; what is due in the ledger says the same.
  waiting_work = (
    local.uses_sqs
    ? {
      namespace  = "AWS/SQS", age = "ApproximateAgeOfOldestMessage", count = "ApproximateNumberOfMessagesVisible"
      dimensions = tomap({ QueueName = local.queue_name })
    }
    : { namespace = "ANB", age = "anb_ledger_oldest_due_seconds", count = "anb_ledger_jobs_due", dimensions = local.ledger }
  )

  alarms = merge(
    local.uses_sqs ? {
      dead-letters = {
        about      = "Messages nobody could take", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = local.dead_queue_name }, stat = "Maximum", comparison = "GreaterThanThreshold"
        threshold  = 0, periods = 1
      }
    } : {},
    {
      # A job that is given up is dead in the ledger, and its message is taken from the queue: no dead letter tells of it.
      dead-jobs = {
        about      = "Videos that failed for good", namespace = "ANB", metric = "anb_ledger_jobs_dead"
        dimensions = local.ledger, stat = "Maximum", comparison = "GreaterThanThreshold"
        threshold  = 0, periods = 1
      }
      oldest-message = {
        about      = "A clip waits long", namespace = local.waiting_work.namespace, metric = local.waiting_work.age
        dimensions = local.waiting_work.dimensions, stat = "Maximum", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.oldest_message_seconds, periods = 3
      }
      backlog = {
        about      = "Many clips wait", namespace = local.waiting_work.namespace, metric = local.waiting_work.count
        dimensions = local.waiting_work.dimensions, stat = "Maximum", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.backlog_messages, periods = 3
      }
      server-errors = {
        about      = "The API answers 5xx", namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count"
        dimensions = local.balancer, stat = "Sum", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.server_errors, periods = 1
      }
      no-target = {
        about      = "The load balancer finds nobody to ask", namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count"
        dimensions = local.balancer, stat = "Sum", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.server_errors, periods = 1
      }
      slow = {
        about      = "One request in twenty is slow", namespace = "AWS/ApplicationELB", metric = "TargetResponseTime"
        dimensions = local.balancer, stat = "p95", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.p95_seconds, periods = 3
      }
      database-cpu = {
        about      = "The database computes at its limit", namespace = "AWS/RDS", metric = "CPUUtilization"
        dimensions = local.instance, stat = "Average", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.cpu_percent, periods = 3
      }
      database-storage = {
        about      = "The database's disk fills", namespace = "AWS/RDS", metric = "FreeStorageSpace"
        dimensions = local.instance, stat = "Minimum", comparison = "LessThanThreshold"
        threshold  = var.alarm_limits.storage_free_gib * 1073741824, periods = 1
      }
    },
    # Workers are meant to be busy; of them a queue that does not clear tells.
    {
      for name in keys(local.http_services) : "${name}-cpu" => {
        about      = "The ${name} service computes at its limit", namespace = local.platform.cpu_namespace, metric = "CPUUtilization"
        dimensions = local.platform_dimensions[name], stat = "Average", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.cpu_percent, periods = 3
      }
    },
  )
}

resource "aws_cloudwatch_log_group" "main" {
  for_each          = local.log_groups
  name              = each.value
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.main.id
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each  = toset(var.alarm_emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# Each has an entry in Docs/Runbook.md.
resource "aws_cloudwatch_metric_alarm" "main" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.about}. Docs/Runbook.md#${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.stat, "p") ? null : each.value.stat
  extended_statistic  = startswith(each.value.stat, "p") ? each.value.stat : null
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
