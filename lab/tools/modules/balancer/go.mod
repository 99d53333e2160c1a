module lab/balancer

go 1.26
