resource "aws_elasticache_subnet_group" "main" {
  count      = local.uses_redis ? 1 : 0
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

# Rates, and what processes tell each other about lists; with queue = redis the bell too. Nothing in it is the only copy.
resource "aws_elasticache_replication_group" "main" {
  count                      = local.uses_redis ? 1 : 0
  replication_group_id       = var.name
  description                = "Rates, news of lists, and with queue = redis the bell"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.redis.node_type
  port                       = local.redis_port
  num_cache_clusters         = 1 + var.redis.replicas
  automatic_failover_enabled = var.redis.replicas > 0
  multi_az_enabled           = var.redis.replicas > 0
  subnet_group_name          = aws_elasticache_subnet_group.main[0].name
  security_group_ids         = [aws_security_group.main["redis"].id]
  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.main.arn
  transit_encryption_enabled = true
  auth_token                 = var.redis_password == "" ? null : var.redis_password
  snapshot_retention_limit   = 1
  auto_minor_version_upgrade = true
}
