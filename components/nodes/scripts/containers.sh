# What runs of the control plane's static Pods, by the container runtime. Read after machine.sh.

# instances NAME: ids of the containers of this name in kube-system whose process has not ended.
instances() {
  if command -v ctr > /dev/null; then
    ids=$(ctr -n k8s.io containers list -q \
      "labels.\"io.kubernetes.container.name\"==$1,labels.\"io.kubernetes.pod.namespace\"==kube-system" < /dev/null) ||
      die "ctr could not ask containerd which containers there are"
    tasks=$(ctr -n k8s.io tasks list < /dev/null) || die "ctr could not ask containerd what runs"
    for id in $ids; do
      printf '%s\n' "$tasks" | awk -v id="$id" '$1 == id && $3 != "STOPPED" { print id }'
    done
  elif command -v crictl > /dev/null; then
    crictl ps -q --state Running --label "io.kubernetes.container.name=$1" --label io.kubernetes.pod.namespace=kube-system < /dev/null ||
      die "crictl could not ask the container runtime what runs"
  elif command -v docker > /dev/null; then
    docker ps -q --no-trunc --filter "label=io.kubernetes.container.name=$1" --filter label=io.kubernetes.pod.namespace=kube-system < /dev/null ||
      die "docker could not say what runs"
  else
    die "neither ctr, crictl nor docker is on this machine: nothing says whether its servers have ended"
  fi
}

# logs_of NAME: the container's logs, the newest first.
logs_of() { ls -t /var/log/pods/kube-system_*/"$1"/*.log 2> /dev/null || true; }

# in_etcd SECONDS NAME COMMAND...: runs it in the container of this name, where etcd's own client is.
in_etcd() {
  longest=$1
  id=$(instances "$2" | head -n 1)
  [ -n "$id" ] || die "etcdctl is not on this machine, and no etcd runs here whose image may have it"
  shift 2
  if command -v ctr > /dev/null; then
    set -- ctr -n k8s.io tasks exec --exec-id "etcd-recovery-$$" "$id" "$@"
  elif command -v crictl > /dev/null; then
    set -- crictl exec "$id" "$@"
  else
    set -- docker exec "$id" "$@"
  fi
  timeout "$longest" "$@" < /dev/null
}
