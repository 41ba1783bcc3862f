# The API and the workers each have a role with the actions that they use. `make deploy-check` runs both programs under
# exactly these policies, and sees that they are refused anything else.

locals {
  trusted_services = local.uses_fargate ? ["ecs-tasks.amazonaws.com"] : ["ec2.amazonaws.com"]

  # Sweeping, deleting and completing uploads is done by both: what either starts the other one finishes.
  object_statements = [
    {
      sid       = "Objects"
      actions   = ["s3:GetObject", "s3:DeleteObject"]
      resources = ["${local.originals_arn}/originals/*", "${local.originals_arn}/uploads/*", "${local.processed_arn}/processed/*"]
    },
    {
      sid       = "FindObjects"
      actions   = ["s3:ListBucket"]
      resources = distinct([local.originals_arn, local.processed_arn])
    },
  ]
  writes = ["s3:PutObject", "s3:AbortMultipartUpload"]

  statements = {
    api = concat(
      local.object_statements,
      [{
        sid       = "TakeUploads"
        actions   = local.writes
        resources = ["${local.originals_arn}/originals/*", "${local.originals_arn}/uploads/*"]
      }],
      local.uses_sqs ? [{
        sid       = "Ring"
        actions   = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
        resources = [local.queue_arn]
        }, {
        sid       = "SeeDeadLetters"
        actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
        resources = [local.dead_queue_arn]
      }] : [],
    )
    worker = concat(
      local.object_statements,
      [{
        sid       = "CompleteUploads"
        actions   = local.writes
        resources = ["${local.originals_arn}/originals/*"]
        }, {
        sid       = "Publish"
        actions   = local.writes
        resources = ["${local.processed_arn}/processed/*"]
      }],
      local.uses_sqs ? [{
        sid = "TakeJobs"
        actions = [
          "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage",
          "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
        ]
        resources = [local.queue_arn]
        }, {
        sid = "PutAside"
        actions = [
          "sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
        ]
        resources = [local.dead_queue_arn]
      }] : [],
    )
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = local.trusted_services
    }

    # Not for tasks of other accounts that name our role.
    dynamic "condition" {
      for_each = local.uses_fargate ? [1] : []

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}

data "aws_iam_policy_document" "program" {
  for_each = local.statements

  dynamic "statement" {
    for_each = each.value

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_role" "program" {
  for_each           = local.statements
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "program" {
  for_each = local.statements
  name     = "work"
  role     = aws_iam_role.program[each.key].name
  policy   = data.aws_iam_policy_document.program[each.key].json
}

# What starts a program needs: its image, its secrets, its log. On Fargate that is the platform; an instance does it itself.
data "aws_iam_policy_document" "start" {
  # checkov:skip=CKV_AWS_356: GetAuthorizationToken knows no resource
  statement {
    sid       = "Login"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid     = "Images"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [
      for program in ["anb-api", "anb-worker"] : "arn:${local.partition}:ecr:${var.region}:${local.account}:repository/${var.name}/${program}"
    ]
  }

  statement {
    sid       = "Secrets"
    actions   = ["ssm:GetParameters"]
    resources = values(local.secrets)
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in values(local.log_groups) : "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:${group}:*"]
  }

  # By name and service, as the key's own address is known only when it exists.
  statement {
    sid       = "DecryptSecrets"
    actions   = ["kms:Decrypt"]
    resources = ["arn:${local.partition}:kms:${var.region}:${local.account}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["ssm.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:ResourceAliases"
      values   = ["alias/${var.name}"]
    }
  }
}

resource "aws_iam_role" "execution" {
  count              = local.uses_fargate ? 1 : 0
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "execution" {
  count  = local.uses_fargate ? 1 : 0
  name   = "start"
  role   = aws_iam_role.execution[0].name
  policy = data.aws_iam_policy_document.start.json
}
