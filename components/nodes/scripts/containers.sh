# What runs of the control plane's static Pods, by the container runtime. Read after machine.sh.

kubelet=${KUBELET_DIRECTORY:-/var/lib/kubelet}
# The runtime's socket, as the kubelet is told it: by kubeadm's flags, or by its configuration.
endpoint=$(cat "$kubelet/kubeadm-flags.env" "$kubelet/instance-config.yaml" "$kubelet/config.yaml" 2> /dev/null |
  sed -n 's/^.*container-\{0,1\}[rR]untime-\{0,1\}[eE]ndpoint[=: ][ "]*\([^" ]*\).*$/\1/p' | head -n 1)
case $endpoint in /*) endpoint=unix://$endpoint ;; esac

# Whether containerd has Docker's containers, and none of Kubernetes'. Of other runtimes' containers it says, without an
# error, that there are none; and it is there too where Docker is, unless Docker has started one for itself alone.
is_dockers() {
  command -v docker > /dev/null || return 1
  if [ ! -S /run/containerd/containerd.sock ] && [ -S /run/docker/containerd/containerd.sock ]; then return 0; fi
  spaces=$(timeout 20 ctr namespaces list -q < /dev/null 2> /dev/null) || return 1
  printf '%s\n' "$spaces" | grep -qx moby || return 1
  theirs=$(timeout 20 ctr -n k8s.io containers list -q < /dev/null 2> /dev/null) || return 1
  [ -z "$theirs" ]
}

# Sets what is asked: ctr, crictl or docker.
asked=
choose_asked() {
  [ -z "$asked" ] || return 0
  case $endpoint in
    *dockerd* | *dockershim*) asks="crictl docker" ;;
    *containerd*) asks="ctr crictl docker" ;;
    '') if command -v ctr > /dev/null && is_dockers; then asks=docker; else asks="ctr crictl docker"; fi ;;
    *) asks=crictl ;;
  esac
  for asked in $asks none; do
    if command -v "$asked" > /dev/null; then return 0; fi
  done
}
case $endpoint in
  unix://*containerd*) export CONTAINER_RUNTIME_ENDPOINT="$endpoint" CONTAINERD_ADDRESS="${endpoint#unix://}" ;;
  unix://*) export CONTAINER_RUNTIME_ENDPOINT="$endpoint" ;;
esac

# A runtime that hangs must not keep this script, nor its lock, for ever.
bounded() { timeout 40 "$@" < /dev/null; }

# instances NAME: ids of the containers of this name in kube-system whose process has not ended.
instances() {
  choose_asked
  if [ "$asked" = ctr ]; then
    ids=$(bounded ctr -n k8s.io containers list -q \
      "labels.\"io.kubernetes.container.name\"==$1,labels.\"io.kubernetes.pod.namespace\"==kube-system") ||
      die "ctr could not ask containerd which containers there are"
    tasks=$(bounded ctr -n k8s.io tasks list) || die "ctr could not ask containerd what runs"
    for id in $ids; do
      printf '%s\n' "$tasks" | awk -v id="$id" '$1 == id && $3 != "STOPPED" { print id }'
    done
  elif [ "$asked" = crictl ]; then
    bounded crictl ps -q --state Running --label "io.kubernetes.container.name=$1" --label io.kubernetes.pod.namespace=kube-system ||
      die "crictl could not ask the container runtime what runs"
  elif [ "$asked" = docker ]; then
    bounded docker ps -q --no-trunc --filter "label=io.kubernetes.container.name=$1" --filter label=io.kubernetes.pod.namespace=kube-system ||
      die "docker could not say what runs"
  else
    die "of $asks none is on this machine: nothing says whether its servers have ended"
  fi
}

# root_of ID: where the files of a container that runs can be read. cri-dockerd tells crictl of no process, Docker does.
root_of() {
  if [ "$asked" = ctr ]; then
    printf '/run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/rootfs' "$1"
    return 0
  fi
  pid=
  if [ "$asked" = crictl ]; then
    pid=$(timeout 20 crictl inspect -o go-template --template '{{.info.pid}}' "$1" < /dev/null 2> /dev/null) || pid=
  fi
  case $pid in
    '' | 0 | *[!0-9]*) pid=$(timeout 20 docker inspect -f '{{.State.Pid}}' "$1" < /dev/null 2> /dev/null) || return 1 ;;
  esac
  case $pid in '' | 0 | *[!0-9]*) return 1 ;; esac
  printf '/proc/%s/root' "$pid"
}

# end_at_once NAME: ends what runs of it, without its grace. It may have ended meanwhile: its callers look.
end_at_once() {
  choose_asked
  ending=$(instances "$1") || exit
  for id in $ending; do
    if [ "$asked" = ctr ]; then
      bounded ctr -n k8s.io tasks kill -s SIGKILL "$id" > /dev/null 2>&1 || true
    elif [ "$asked" = crictl ]; then
      bounded crictl stop --timeout 0 "$id" > /dev/null 2>&1 || true
    else
      bounded docker kill "$id" > /dev/null 2>&1 || true
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
# ended again and again: the container that ended last (kubelet's doBackOff). Its log stays, which a newer crictl would remove.
# Where there is no crictl the kubelet's time has to be waited for.
forget_ended() {
  command -v crictl > /dev/null || return 0
  ended=$(exited "$1" -q) || return 0
  [ -n "$ended" ] || return 0
  again=$(exited "$1" -o json | grep -c '"attempt": *[1-9]') || again=0
  keep=
  if bounded crictl rm --help 2>&1 | grep -q -e --keep-logs; then keep=--keep-logs; fi
  # shellcheck disable=SC2086  # one word an id
  timeout 30 crictl rm $keep $ended < /dev/null > /dev/null 2>&1 || return 0
  # The kubelet looks once a second at what there is.
  [ "$again" -eq 0 ] || sleep 2
}

# logs_of NAME: the container's logs, the newest first.
logs_of() { ls -t /var/log/pods/kube-system_*/"$1"/*.log 2> /dev/null || true; }

# in_etcd SECONDS NAME COMMAND...: runs it in the container of this name, where etcd's own client is.
in_etcd() {
  choose_asked
  longest=$1
  ids=$(instances "$2")
  id=$(printf '%s\n' "$ids" | head -n 1)
  [ -n "$id" ] || die "etcdctl is not on this machine, and no etcd runs here whose image may have it"
  shift 2
  if [ "$asked" = ctr ]; then
    set -- ctr -n k8s.io tasks exec --exec-id "etcd-recovery-$$" "$id" "$@"
  elif [ "$asked" = crictl ]; then
    set -- crictl exec "$id" "$@"
  else
    set -- docker exec "$id" "$@"
  fi
  timeout "$longest" "$@" < /dev/null
}
