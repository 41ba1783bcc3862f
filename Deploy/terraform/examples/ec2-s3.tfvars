# Instances of Auto Scaling groups; objects in S3, Redis wakes the workers.
name            = "anb-ec2"
image_tag       = "0.1.0"
domain_name     = "anb.example.org"
certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
compute         = "ec2"
queue           = "redis"
instances       = { image_id = "ami-00000000000000000" }
api             = { count_min = 2, count_max = 4 }
worker          = { count_min = 1, count_max = 3 }
buckets         = { originals = "anb-ec2-videos" }
