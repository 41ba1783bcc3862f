# Instances of Auto Scaling groups; objects in S3, SQS wakes the workers, which follow its backlog.
name                  = "anb-ec2-sqs"
image_tag             = "0.1.0"
domain_name           = "anb.example.org"
certificate_arn       = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
compute               = "ec2"
queue                 = "standard"
instances             = { image_id = "ami-00000000000000000", worker_type = "c7i.xlarge" }
worker                = { disk = 30, concurrency = 2, count_min = 0, count_max = 6, spot_percent = 50 }
buckets               = { originals = "anb-ec2-sqs-videos" }
originals_expire_days = 7
