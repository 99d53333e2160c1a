module etcd-recovery/snapshot/descriptors

go 1.26.0

// Pins the .proto files and Go types from which generate.ts makes snapshot/generated/kubernetes.json.
require (
	k8s.io/api v0.36.3
	k8s.io/apimachinery v0.36.3
)
