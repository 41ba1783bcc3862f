# As little to run as can be: small tasks, one NAT gateway, no endpoints that cost; originals go after a week.
name                  = "anb-paas"
image_tag             = "0.1.0"
domain_name           = "anb.example.org"
certificate_arn       = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
compute               = "fargate"
queue                 = "standard"
nat_gateway_per_zone  = false
interface_endpoints   = false
api                   = { cpu = 1024, memory = 2048, count_min = 2, count_max = 4 }
worker                = { cpu = 2048, memory = 4096, concurrency = 1, count_min = 0, count_max = 3, spot_percent = 100 }
database              = { instance_class = "db.t4g.small", storage_gib = 20, storage_max = 50 }
redis                 = null
buckets               = { originals = "anb-paas-videos" }
originals_expire_days = 7
