# Made here, written once, and never in the state or a plan: nobody can read them again, and each apply makes others that are
# thrown away. Counting a version up writes new ones, at both ends of the database's password.

ephemeral "aws_secretsmanager_random_password" "database" {
  password_length     = 40
  exclude_punctuation = true
}

ephemeral "aws_secretsmanager_random_password" "tokens" {
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_ssm_parameter" "database_url" {
  name        = local.secret_name["database-url"]
  description = "DATABASE_URL"
  type        = "SecureString"
  key_id      = aws_kms_key.main.arn
  value_wo = join("", [
    "postgres://anb:", ephemeral.aws_secretsmanager_random_password.database.random_password,
    "@", aws_db_instance.main.endpoint, "/anb?sslmode=require"
  ])
  value_wo_version = var.database_secret_version
}

resource "aws_ssm_parameter" "jwt_secret" {
  name             = local.secret_name["jwt-secret"]
  description      = "JWT_SECRET"
  type             = "SecureString"
  key_id           = aws_kms_key.main.arn
  value_wo         = ephemeral.aws_secretsmanager_random_password.tokens.random_password
  value_wo_version = var.token_secret_version
}

resource "aws_ssm_parameter" "redis_url" {
  count       = local.uses_redis ? 1 : 0
  name        = local.secret_name["redis-url"]
  description = "REDIS_URL"
  type        = "SecureString"
  key_id      = aws_kms_key.main.arn
  value = join("", [
    "rediss://", var.redis_password == "" ? "" : ":${var.redis_password}@",
    aws_elasticache_replication_group.main[0].primary_endpoint_address, ":${local.redis_port}"
  ])
}
