variable "name" {
  description = "Start of every resource's name: lower-case letters, digits and hyphens, at most 20."
  type        = string
  default     = "anb"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name must be 2 to 20 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "region" {
  description = "Region of everything."
  type        = string
  default     = "us-east-1"
}

variable "tags" {
  description = "More tags for every resource."
  type        = map(string)
  default     = {}
}

variable "compute" {
  description = "Where the programs run: fargate, or ec2 (Auto Scaling groups of instances)."
  type        = string
  default     = "fargate"

  validation {
    condition     = contains(["fargate", "ec2"], var.compute)
    error_message = "compute must be fargate or ec2."
  }
}

variable "image_tag" {
  description = "Tag of both images in the repositories; tags are immutable, so each release has its own."
  type        = string
}

variable "settings" {
  description = "More settings of the programs by their names, as `anb-api config` lists them."
  type        = map(string)
  default     = {}
}

# --- Network -----------------------------------------------------------------------------------------------------------

variable "vpc_cidr" {
  description = "Addresses of the network; /16 to /20."
  type        = string
  default     = "10.20.0.0/16"
}

variable "zone_count" {
  description = "Availability zones, 2 or 3."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.zone_count)
    error_message = "zone_count must be 2 or 3."
  }
}

variable "nat_gateway_per_zone" {
  description = "true: a zone that fails takes no other's way out with it. false: one for all, cheaper."
  type        = bool
  default     = true
}

variable "interface_endpoints" {
  description = "Private ways to AWS services besides S3, whose is free: traffic that does not pass the NAT gateways."
  type        = bool
  default     = true
}

# --- Entry -------------------------------------------------------------------------------------------------------------

variable "domain_name" {
  description = "Name that people use; point it at the output load_balancer_name."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of that name in ACM."
  type        = string
}

variable "ingress_cidrs" {
  description = "Who may reach the load balancer."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "idle_seconds" {
  description = "How long the load balancer waits on a silent connection; event streams send something every 15 s."
  type        = number
  default     = 120
}

variable "deletion_protection" {
  description = "Refuses to delete the load balancer and the database."
  type        = bool
  default     = true
}

# --- Programs ----------------------------------------------------------------------------------------------------------

variable "api" {
  description = "Size of an API task (1024 = 1 vCPU, MiB) and how many there may be."
  type = object({
    cpu       = optional(number, 2048)
    memory    = optional(number, 4096)
    count_min = optional(number, 2)
    count_max = optional(number, 10)
  })
  default = {}
}

variable "auth" {
  description = "The same for a service of its own for accounts and sessions; null: the API does it."
  type = object({
    cpu       = optional(number, 512)
    memory    = optional(number, 1024)
    count_min = optional(number, 2)
    count_max = optional(number, 6)
  })
  default = null
}

variable "worker" {
  description = "The same for workers, their disk in GiB, videos encoded at once in a task (one for each two vCPU keeps them busy), and the share of Spot capacity."
  type = object({
    cpu          = optional(number, 2048)
    memory       = optional(number, 8192)
    disk         = optional(number, 30)
    concurrency  = optional(number, 1)
    count_min    = optional(number, 0)
    count_max    = optional(number, 10)
    spot_percent = optional(number, 0)
  })
  default = {}

  validation {
    condition     = var.worker.spot_percent >= 0 && var.worker.spot_percent <= 100 && var.worker.disk >= 21 && var.worker.disk <= 200
    error_message = "worker.spot_percent must be 0 to 100 and worker.disk 21 to 200."
  }
}

variable "stop_seconds" {
  description = "What a program has to finish or give back its work at a stop; Fargate allows 120."
  type        = number
  default     = 120

  validation {
    condition     = var.stop_seconds >= 30 && var.stop_seconds <= 120
    error_message = "stop_seconds must be 30 to 120."
  }
}

variable "instances" {
  description = "With compute = ec2: instance types and the machine image (Amazon Linux 2023; null: the newest)."
  type = object({
    api_type    = optional(string, "c7i.large")
    worker_type = optional(string, "c7i.xlarge")
    image_id    = optional(string)
  })
  default = {}
}

# --- Scaling -----------------------------------------------------------------------------------------------------------

variable "scaling" {
  description = "What the API and the workers are kept at, and the pauses between two changes."
  type = object({
    cpu_percent          = optional(number, 60)
    memory_percent       = optional(number, 75)
    requests_per_target  = optional(number, 1500) # a minute
    backlog_per_task     = optional(number, 3)
    out_cooldown_seconds = optional(number, 60)
    in_cooldown_seconds  = optional(number, 300)
    idle_minutes         = optional(number, 10) # without any message before the last workers stop
  })
  default = {}
}

# --- Queue -------------------------------------------------------------------------------------------------------------

variable "queue" {
  description = "What wakes workers: fifo or standard (SQS), or redis."
  type        = string
  default     = "fifo"

  validation {
    condition     = contains(["fifo", "standard", "redis"], var.queue)
    error_message = "queue must be fifo, standard or redis."
  }
}

variable "queue_receives_max" {
  description = "Deliveries of a message before it is dead."
  type        = number
  default     = 3
}

# --- Objects -----------------------------------------------------------------------------------------------------------

variable "buckets" {
  description = "Names are taken in the whole of AWS. processed = null: one bucket with prefixes for both."
  type = object({
    originals = string
    processed = optional(string)
  })
}

variable "originals_glacier_days" {
  description = "Days until originals move to Glacier Instant Retrieval; null: never."
  type        = number
  default     = null
}

variable "originals_expire_days" {
  description = "Days until originals are deleted; null: never. What was published stays."
  type        = number
  default     = null
}

variable "versions_expire_days" {
  description = "Days that replaced and deleted objects can be brought back."
  type        = number
  default     = 30
}

variable "browser_origins" {
  description = "Origins of pages that send clips to the bucket themselves; null: the domain's own."
  type        = list(string)
  default     = null
}

# --- Database and cache ------------------------------------------------------------------------------------------------

variable "database" {
  description = "The PostgreSQL server."
  type = object({
    instance_class       = optional(string, "db.t4g.medium")
    engine_version       = optional(string, "16")
    multi_az             = optional(bool, true)
    storage_gib          = optional(number, 50)
    storage_max          = optional(number, 200)
    backup_days          = optional(number, 7)
    connections_per_task = optional(number, 8)
  })
  default = {}
}

variable "redis" {
  description = "The Redis server; null: none, and each process counts rates for itself."
  type = object({
    node_type = optional(string, "cache.t4g.small")
    replicas  = optional(number, 1)
  })
  default = {}
}

variable "redis_password" {
  description = "16 to 128 letters and digits; empty: TLS and the security groups alone. It is kept in the state."
  type        = string
  default     = ""
  sensitive   = true
}

variable "database_secret_version" {
  description = "Count it up to make a new password of the database, in the server and in DATABASE_URL; then restart the programs."
  type        = number
  default     = 1
}

variable "token_secret_version" {
  description = "Count it up to make a new key of tokens; then restart the programs, and everybody logs in again."
  type        = number
  default     = 1
}

# --- Watching ----------------------------------------------------------------------------------------------------------

variable "alarm_emails" {
  description = "Who is told of alarms; each has to confirm once."
  type        = list(string)
  default     = []
}

variable "alarm_limits" {
  description = "When somebody is told."
  type = object({
    oldest_message_seconds = optional(number, 900)
    backlog_messages       = optional(number, 500)
    server_errors          = optional(number, 10) # in five minutes
    p95_seconds            = optional(number, 2)
    cpu_percent            = optional(number, 85)
    storage_free_gib       = optional(number, 10)
  })
  default = {}
}

variable "log_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365
}
