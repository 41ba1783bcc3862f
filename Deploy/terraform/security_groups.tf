# Who may talk to whom; every edge is one rule. Nothing reaches a worker, and only the programs reach the database.

locals {
  security_groups = {
    load-balancer = "The only thing that the internet reaches"
    api           = "API tasks, and the auth service's"
    worker        = "Worker tasks; nobody connects to them"
    database      = "PostgreSQL"
    redis         = "Redis"
    endpoints     = "Private ways to AWS services"
  }
  stores = merge({ database = local.database_port }, local.uses_redis ? { redis = local.redis_port } : {})
  # from → to : port
  edges = merge(
    { "load-balancer>api" = { from = "load-balancer", to = "api", port = local.api_port } },
    { for edge in setproduct(["api", "worker"], keys(local.stores)) :
      "${edge[0]}>${edge[1]}" => { from = edge[0], to = edge[1], port = local.stores[edge[1]] }
    },
    { for program in ["api", "worker"] : "${program}>endpoints" => { from = program, to = "endpoints", port = 443 } },
  )
}

resource "aws_security_group" "main" {
  for_each    = local.security_groups
  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.main.id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "internet" {
  for_each          = { for pair in setproduct(var.ingress_cidrs, [80, 443]) : "${pair[0]}:${pair[1]}" => pair }
  security_group_id = aws_security_group.main["load-balancer"].id
  description       = each.value[1] == 80 ? "Is sent on to HTTPS" : "HTTPS"
  cidr_ipv4         = each.value[0]
  ip_protocol       = "tcp"
  from_port         = each.value[1]
  to_port           = each.value[1]
}

resource "aws_vpc_security_group_ingress_rule" "edge" {
  for_each                     = local.edges
  security_group_id            = aws_security_group.main[each.value.to].id
  referenced_security_group_id = aws_security_group.main[each.value.from].id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "edge" {
  for_each                     = local.edges
  security_group_id            = aws_security_group.main[each.value.from].id
  referenced_security_group_id = aws_security_group.main[each.value.to].id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

# S3 through its gateway, and AWS services that have no private way.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each          = toset(["api", "worker"])
  security_group_id = aws_security_group.main[each.key].id
  description       = "AWS services over HTTPS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
