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

# end_at_once NAME: ends what runs of it, without its grace. It may have ended meanwhile.
end_at_once() {
  for id in $(instances "$1"); do
    if command -v ctr > /dev/null; then
      ctr -n k8s.io tasks kill -s SIGKILL "$id" < /dev/null > /dev/null 2>&1 || true
    elif command -v crictl > /dev/null; then
      crictl stop --timeout 0 "$id" < /dev/null > /dev/null 2>&1 || true
    else
      docker kill "$id" < /dev/null > /dev/null 2>&1 || true
    fi
  done
}

# exited NAME OPTION...: containers of this name whose process has ended, as crictl lists them.
exited() {
  name=$1
  shift
  timeout 20 crictl ps -a --state Exited "$@" --label "io.kubernetes.container.name=$name" \
    --label io.kubernetes.pod.namespace=kube-system < /dev/null 2> /dev/null
}

# forget_ended NAME: removes what the kubelet counts by, up to five minutes, before it starts a container again that has
# ended again and again: the container that ended last (kubelet's doBackOff). Its log stays. Where there is no crictl the
# kubelet's time has to be waited for.
forget_ended() {
  command -v crictl > /dev/null || return 0
  ended=$(exited "$1" -q) || return 0
  [ -n "$ended" ] || return 0
  again=$(exited "$1" -o json | grep -c '"attempt": *[1-9]') || again=0
  # shellcheck disable=SC2086  # one word an id
  timeout 30 crictl rm $ended < /dev/null > /dev/null 2>&1 || return 0
  # The kubelet looks once a second at what there is.
  [ "$again" -eq 0 ] || sleep 2
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
