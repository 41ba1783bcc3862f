locals {
  buckets = merge(
    { originals = var.buckets.originals },
    var.buckets.processed == null ? {} : { processed = var.buckets.processed },
  )
}

resource "aws_s3_bucket" "main" {
  for_each = local.buckets
  bucket   = each.value
}

resource "aws_s3_bucket_public_access_block" "main" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.main[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "main" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.main[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "main" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.main[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.main[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Pages that send clips to signed addresses themselves. Reading is for players' browsers, which need no rule.
resource "aws_s3_bucket_cors_configuration" "main" {
  bucket = aws_s3_bucket.main["originals"].id

  cors_rule {
    allowed_origins = coalesce(var.browser_origins, ["https://${var.domain_name}"])
    allowed_methods = ["GET", "HEAD", "PUT", "POST"]
    allowed_headers = ["content-type", "x-amz-checksum-sha256", "x-amz-meta-*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.main[each.key].id
  depends_on = [aws_s3_bucket_versioning.main]

  # Parts that a killed process left.
  rule {
    id     = "abort-multipart"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = var.versions_expire_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = each.key == "originals" && var.originals_glacier_days != null ? [var.originals_glacier_days] : []

    content {
      id     = "originals-to-glacier"
      status = "Enabled"

      filter {
        prefix = "originals/"
      }

      transition {
        days          = rule.value
        storage_class = "GLACIER_IR"
      }
    }
  }

  dynamic "rule" {
    for_each = each.key == "originals" && var.originals_expire_days != null ? [var.originals_expire_days] : []

    content {
      id     = "originals-expire"
      status = "Enabled"

      filter {
        prefix = "originals/"
      }

      expiration {
        days = rule.value
      }
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "OnlyOverTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:${local.partition}:s3:::${each.value}", "arn:${local.partition}:s3:::${each.value}/*"]

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

resource "aws_s3_bucket_policy" "main" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.main[each.key].id
  policy     = data.aws_iam_policy_document.bucket[each.key].json
  depends_on = [aws_s3_bucket_public_access_block.main]
}
