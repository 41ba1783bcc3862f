variable "name" { type = string }
variable "region" { type = string }
variable "image_id" { type = string }
variable "instance_type" { type = string }
variable "disk_gib" { type = number }
variable "count_min" { type = number }
variable "count_max" { type = number }
variable "spot_percent" { type = number }
variable "subnet_ids" { type = list(string) }
variable "security_group_ids" { type = list(string) }
variable "target_group_arns" { type = list(string) }
variable "instance_profile" { type = string }
variable "registry" { type = string }
variable "container_image" { type = string }
variable "command" { type = list(string) }
variable "log_group" { type = string }
variable "stop_seconds" { type = number }

variable "settings" {
  description = "Settings of the program."
  type        = map(string)
}

variable "secrets" {
  description = "Settings whose values are parameters of SSM, with the parameters' names."
  type        = map(string)
}

variable "scaling" {
  type = object({ cpu_percent = number, requests_per_target = number })
}

variable "steps" {
  description = "Steps by alarm; null: the group follows its CPU."
  type        = any
}

variable "request_label" {
  type = string
}
