resource "aws_db_subnet_group" "main" {
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_parameter_group" "main" {
  name   = "${var.name}-postgres${split(".", var.database.engine_version)[0]}"
  family = "postgres${split(".", var.database.engine_version)[0]}"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  # Anything slower is worth a line: the product's own statements take milliseconds.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "main" {
  identifier                          = var.name
  engine                              = "postgres"
  engine_version                      = var.database.engine_version
  instance_class                      = var.database.instance_class
  db_name                             = "anb"
  username                            = "anb"
  password_wo                         = ephemeral.aws_secretsmanager_random_password.database.random_password
  password_wo_version                 = var.database_secret_version
  port                                = local.database_port
  multi_az                            = var.database.multi_az
  publicly_accessible                 = false
  db_subnet_group_name                = aws_db_subnet_group.main.name
  vpc_security_group_ids              = [aws_security_group.main["database"].id]
  parameter_group_name                = aws_db_parameter_group.main.name
  storage_type                        = "gp3"
  allocated_storage                   = var.database.storage_gib
  max_allocated_storage               = var.database.storage_max
  storage_encrypted                   = true
  kms_key_id                          = aws_kms_key.main.arn
  backup_retention_period             = var.database.backup_days
  backup_window                       = "08:00-08:30"
  maintenance_window                  = "sun:09:00-sun:10:00"
  copy_tags_to_snapshot               = true
  auto_minor_version_upgrade          = true
  deletion_protection                 = var.deletion_protection
  skip_final_snapshot                 = false
  final_snapshot_identifier           = "${var.name}-last"
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = aws_kms_key.main.arn
  iam_database_authentication_enabled = false
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
}
