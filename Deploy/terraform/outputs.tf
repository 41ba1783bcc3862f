output "load_balancer_name" {
  description = "Where domain_name has to point (CNAME or alias)."
  value       = aws_lb.main.dns_name
}

output "repositories" {
  description = "Where the images are pushed."
  value       = { for program, repository in aws_ecr_repository.main : program => repository.repository_url }
}

output "queue_url" {
  description = "The queue, or null with queue = redis."
  value       = one(aws_sqs_queue.jobs[*].url)
}

output "alarm_topic" {
  description = "More receivers of alarms subscribe here."
  value       = aws_sns_topic.alarms.arn
}
