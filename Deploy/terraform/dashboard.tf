# What waits first, then what people notice, then what runs.
locals {
  service_labels = { for name, dimensions in local.platform_dimensions : name => flatten([for key, value in dimensions : [key, value]]) }

  widgets = concat(
    local.uses_sqs ? [
      { title = "Messages: waiting, at work, dead", stat = "Maximum", metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.queue_name],
        ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", local.queue_name],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.dead_queue_name],
      ] },
      { title = "Oldest message, seconds", stat = "Maximum", metrics = [
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", local.queue_name],
      ] },
    ] : [],
    [
      { title = "Jobs: due, running, dead", stat = "Maximum", metrics = [
        for state in ["due", "running", "dead"] : ["ANB", "anb_ledger_jobs_${state}", "Service", "anb-api"]
      ] },
      { title = "Oldest due job, seconds", stat = "Maximum", metrics = [
        ["ANB", "anb_ledger_oldest_due_seconds", "Service", "anb-api"],
      ] },
      { title = "Requests and errors", stat = "Sum", metrics = [
        ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", aws_lb.main.arn_suffix],
        ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", aws_lb.main.arn_suffix],
        ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", aws_lb.main.arn_suffix],
        ["ANB", "anb_http_requests_total_5xx", "Service", "anb-api"],
      ] },
      { title = "Answer time p95, seconds", stat = "p95", metrics = [
        ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", aws_lb.main.arn_suffix],
      ] },
      { title = local.uses_fargate ? "Running tasks" : "Running instances", stat = "Average", metrics = [
        for name in local.services : concat([local.platform.count_namespace, local.platform.count_metric], local.service_labels[name])
      ] },
      { title = "CPU, percent", stat = "Average", metrics = concat(
        [for name in local.services : concat([local.platform.cpu_namespace, "CPUUtilization"], local.service_labels[name])],
        [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.name]],
      ) },
      { title = "Database: free storage, connections", stat = "Minimum", metrics = [
        ["AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", var.name],
        ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.name, { yAxis = "right" }],
      ] },
    ],
  )
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.widgets : {
        type = "metric", width = 12, height = 6, x = index % 2 * 12, y = floor(index / 2) * 6
        properties = {
          title = widget.title, stat = widget.stat, metrics = widget.metrics, region = var.region, period = 60, view = "timeSeries"
        }
      }
    ]
  })
}
