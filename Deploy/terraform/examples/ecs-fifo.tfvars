# Fargate, SQS FIFO with dead letters, one bucket with prefixes; workers on Spot, down to none.
name            = "anb-fifo"
image_tag       = "0.1.0"
domain_name     = "anb.example.org"
certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
compute         = "fargate"
queue           = "fifo"
buckets         = { originals = "anb-fifo-videos" }
worker          = { cpu = 2048, memory = 8192, disk = 30, count_min = 0, count_max = 10, spot_percent = 70 }
alarm_emails    = ["operator@example.org"]
