locals {
  log_groups = { for name in local.services : name => "/${var.name}/${name}" }

  balancer = { LoadBalancer = aws_lb.main.arn_suffix }
  instance = { DBInstanceIdentifier = var.name }

  alarms = merge(
    local.uses_sqs ? {
      dead-letters = {
        about      = "Messages nobody could take", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = local.dead_queue_name }, stat = "Maximum", comparison = "GreaterThanThreshold"
        threshold  = 0, periods = 1
      }
      oldest-message = {
        about      = "A clip waits long", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage"
        dimensions = { QueueName = local.queue_name }, stat = "Maximum", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.oldest_message_seconds, periods = 3
      }
      backlog = {
        about      = "Many clips wait", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = local.queue_name }, stat = "Maximum", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.backlog_messages, periods = 3
      }
    } : {},
    {
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
    local.uses_fargate ? {
      for name in local.services : "${name}-cpu" => {
        about      = "All tasks of ${name} compute at their limit", namespace = "AWS/ECS", metric = "CPUUtilization"
        dimensions = { ClusterName = var.name, ServiceName = name }, stat = "Average", comparison = "GreaterThanThreshold"
        threshold  = var.alarm_limits.cpu_percent, periods = 3
        # Workers are meant to be busy; of them a queue that does not clear tells.
      } if name != "worker"
    } : {},
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

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, widget in concat(
        local.uses_sqs ? [
          { title = "Waiting, at work, dead", stat = "Maximum", metrics = [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.queue_name],
            ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", local.queue_name],
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.dead_queue_name],
          ] },
          { title = "Oldest message, seconds", stat = "Maximum", metrics = [
            ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", local.queue_name],
          ] },
        ] : [],
        [
          { title = "Requests and errors", stat = "Sum", metrics = [
            ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", aws_lb.main.arn_suffix],
            ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", aws_lb.main.arn_suffix],
            ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", aws_lb.main.arn_suffix],
          ] },
          { title = "Answer time p95, seconds", stat = "p95", metrics = [
            ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", aws_lb.main.arn_suffix],
          ] },
          { title = "Running tasks", stat = "Average", metrics = [
            for name in local.services : ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.name, "ServiceName", name]
          ] },
          { title = "CPU, percent", stat = "Average", metrics = concat(
            [for name in local.services : ["AWS/ECS", "CPUUtilization", "ClusterName", var.name, "ServiceName", name]],
            [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.name]],
          ) },
          { title = "Database: free storage, connections", stat = "Minimum", metrics = [
            ["AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", var.name],
            ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.name, { yAxis = "right" }],
          ] },
        ],
        ) : {
        type = "metric", width = 12, height = 6, x = index % 2 * 12, y = floor(index / 2) * 6
        properties = {
          title = widget.title, stat = widget.stat, metrics = widget.metrics, region = var.region, period = 60, view = "timeSeries"
        }
      }
    ]
  })
}
