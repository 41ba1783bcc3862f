resource "aws_sqs_queue" "dead" {
  count                     = local.uses_sqs ? 1 : 0
  name                      = local.dead_queue_name
  fifo_queue                = local.uses_fifo ? true : null
  message_retention_seconds = 14 * 86400
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "jobs" {
  count                       = local.uses_sqs ? 1 : 0
  name                        = local.queue_name
  fifo_queue                  = local.uses_fifo ? true : null
  content_based_deduplication = local.uses_fifo ? false : null
  # Each player's jobs in order, and players beside each other.
  deduplication_scope        = local.uses_fifo ? "messageGroup" : null
  fifo_throughput_limit      = local.uses_fifo ? "perMessageGroupId" : null
  message_retention_seconds  = 14 * 86400
  visibility_timeout_seconds = 300
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  redrive_policy             = jsonencode({ deadLetterTargetArn = local.dead_queue_arn, maxReceiveCount = var.queue_receives_max })

  depends_on = [aws_sqs_queue.dead]
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  count                = local.uses_sqs ? 1 : 0
  queue_url            = aws_sqs_queue.dead[0].id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [local.queue_arn] })
}

data "aws_iam_policy_document" "queue" {
  for_each = local.uses_sqs ? { jobs = local.queue_arn, dead = local.dead_queue_arn } : {}

  statement {
    sid       = "OnlyOverTLS"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "main" {
  for_each  = data.aws_iam_policy_document.queue
  queue_url = each.key == "jobs" ? aws_sqs_queue.jobs[0].id : aws_sqs_queue.dead[0].id
  policy    = each.value.json
}
