locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  zones     = slice(data.aws_availability_zones.available.names, 0, var.zone_count)

  uses_fargate = var.compute == "fargate"
  uses_sqs     = var.queue != "redis"
  uses_fifo    = var.queue == "fifo"
  uses_redis   = var.redis != null

  api_port      = 8000
  database_port = 5432
  redis_port    = 6379

  # ARNs by their names, so that a plan shows what each policy allows.
  queue_name      = "${var.name}-jobs${local.uses_fifo ? ".fifo" : ""}"
  dead_queue_name = "${var.name}-jobs-dlq${local.uses_fifo ? ".fifo" : ""}"
  queue_arn       = "arn:${local.partition}:sqs:${var.region}:${local.account}:${local.queue_name}"
  dead_queue_arn  = "arn:${local.partition}:sqs:${var.region}:${local.account}:${local.dead_queue_name}"

  processed_bucket    = coalesce(var.buckets.processed, var.buckets.originals)
  originals_arn       = "arn:${local.partition}:s3:::${var.buckets.originals}"
  processed_arn       = "arn:${local.partition}:s3:::${local.processed_bucket}"
  secret_name         = { for key in ["database-url", "jwt-secret", "redis-url"] : key => "/${var.name}/${key}" }
  secret_arn          = { for key, name in local.secret_name : key => "arn:${local.partition}:ssm:${var.region}:${local.account}:parameter${name}" }
  registry            = "${local.account}.dkr.ecr.${var.region}.amazonaws.com"
  images              = { for program in ["anb-api", "anb-worker"] : program => "${local.registry}/${var.name}/${program}:${var.image_tag}" }
  public_subnet_cidrs = [for index in range(var.zone_count) : cidrsubnet(var.vpc_cidr, 4, index)]

  # The names are the product's own; `anb-api config` explains each.
  settings = merge(
    {
      AWS_REGION         = var.region
      STORAGE_BACKEND    = "s3"
      S3_BUCKET          = var.buckets.originals
      S3_REGION          = var.region
      QUEUE_BACKEND      = local.uses_sqs ? "sqs" : "redis"
      DATABASE_POOL_SIZE = tostring(var.database.connections_per_task)
      LOG_FORMAT         = "json"
      # Metrics in the log, for the alarms and the dashboard. Nothing else in CloudWatch knows of the ledger.
      METRICS_EMF_SECONDS = "60"
      # Below the time that the platform waits: what is left over is for closing.
      SHUTDOWN_SECONDS = tostring(var.stop_seconds - 10)
    },
    var.buckets.processed == null ? {} : { S3_PROCESSED_BUCKET = var.buckets.processed },
    local.uses_sqs ? { SQS_QUEUE_NAME = local.queue_name, SQS_DLQ_ARN = local.dead_queue_arn } : {},
    local.uses_redis ? { CACHE_BACKEND = "redis", RATE_LIMIT_BACKEND = "redis" } : {},
    var.settings,
  )
  http_settings = merge(local.settings, {
    HOST            = "0.0.0.0"
    PORT            = tostring(local.api_port)
    PUBLIC_BASE_URL = "https://${var.domain_name}"
    # Nobody else can reach the programs; the security groups see to it.
    TRUSTED_PROXIES = join(",", local.public_subnet_cidrs)
    # The load balancer learns of a stop while the program already knows: for that long it still takes requests.
    DRAIN_SECONDS    = "10"
    SHUTDOWN_SECONDS = tostring(var.stop_seconds - 20)
    # Whoever closes an idle connection first must be the load balancer: it would answer 502 when it met the other's end.
    HTTP_IDLE_SECONDS = tostring(var.idle_seconds + 10)
  })
  worker_settings = merge(local.settings, { WORKER_CONCURRENCY = tostring(var.worker.concurrency) })

  # Settings whose values are secrets, and where they are kept.
  secrets = merge(
    { DATABASE_URL = local.secret_arn["database-url"], JWT_SECRET = local.secret_arn["jwt-secret"] },
    local.uses_redis ? { REDIS_URL = local.secret_arn["redis-url"] } : {},
  )

  routes = var.auth == null ? "all" : "core"
  http_services = merge(
    { api = merge(var.api, { command = ["serve", "--worker", "none", "--routes", local.routes] }) },
    var.auth == null ? {} : { auth = merge(var.auth, { command = ["serve", "--worker", "none", "--routes", "auth"] }) },
  )
  services = toset(concat(keys(local.http_services), ["worker"]))
}

check "queue" {
  assert {
    condition     = local.uses_sqs || local.uses_redis
    error_message = "queue = redis needs a Redis server: redis must not be null."
  }
}
