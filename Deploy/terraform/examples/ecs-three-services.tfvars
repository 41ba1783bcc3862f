# Fargate with accounts as a service of their own; two buckets, originals to Glacier after 90 days.
name                   = "anb-three"
image_tag              = "0.1.0"
domain_name            = "anb.example.org"
certificate_arn        = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
compute                = "fargate"
queue                  = "standard"
auth                   = { cpu = 512, memory = 1024, count_min = 2, count_max = 6 }
worker                 = { count_min = 1, count_max = 5 }
buckets                = { originals = "anb-three-originals", processed = "anb-three-processed" }
originals_glacier_days = 90
