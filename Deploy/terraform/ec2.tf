# compute = ec2: the same images on instances of Auto Scaling groups, one group for each program.

data "aws_ssm_parameter" "image" {
  count = !local.uses_fargate && var.instances.image_id == null ? 1 : 0
  name  = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  instance_image = local.uses_fargate ? null : coalesce(var.instances.image_id, try(nonsensitive(data.aws_ssm_parameter.image[0].value), null))
  groups = local.uses_fargate ? {} : merge(
    { for name, service in local.http_services : name => {
      program   = "anb-api", command = service.command, type = var.instances.api_type, disk = 30, spot_percent = 0
      count_min = service.count_min, count_max = service.count_max, settings = local.http_settings, role = "api"
    } },
    { worker = {
      program   = "anb-worker", command = ["run"], type = var.instances.worker_type, disk = var.worker.disk, spot_percent = var.worker.spot_percent
      count_min = local.scales_by_queue ? var.worker.count_min : max(1, var.worker.count_min)
      count_max = var.worker.count_max, settings = local.worker_settings, role = "worker"
    } },
  )
}

module "ec2" {
  source   = "./ec2"
  for_each = local.groups

  name               = "${var.name}-${each.key}"
  region             = var.region
  image_id           = local.instance_image
  instance_type      = each.value.type
  disk_gib           = each.value.disk
  count_min          = each.value.count_min
  count_max          = each.value.count_max
  spot_percent       = each.value.spot_percent
  subnet_ids         = aws_subnet.private[*].id
  security_group_ids = [aws_security_group.main[each.value.role].id]
  target_group_arns  = each.key == "worker" ? [] : [aws_lb_target_group.main[each.key].arn]
  instance_profile   = aws_iam_instance_profile.program[each.value.role].name
  registry           = local.registry
  container_image    = local.images[each.value.program]
  command            = each.value.command
  settings           = each.value.settings
  secrets            = { for setting, arn in local.secrets : setting => split(":parameter", arn)[1] }
  log_group          = local.log_groups[each.key]
  stop_seconds       = var.stop_seconds
  scaling            = var.scaling
  steps              = each.key == "worker" && local.scales_by_queue ? local.worker_steps : null
  request_label = (
    each.key == "worker" ? null : "${aws_lb.main.arn_suffix}/${aws_lb_target_group.main[each.key].arn_suffix}"
  )

  depends_on = [aws_lb_listener.https]
}

# On instances nobody else starts the programs: their own role fetches image and secrets.
resource "aws_iam_role_policy" "start_on_instance" {
  for_each = local.uses_fargate ? {} : local.statements
  name     = "start"
  role     = aws_iam_role.program[each.key].name
  policy   = data.aws_iam_policy_document.start.json
}

resource "aws_iam_instance_profile" "program" {
  for_each = local.uses_fargate ? {} : local.statements
  name     = "${var.name}-${each.key}"
  role     = aws_iam_role.program[each.key].name
}
