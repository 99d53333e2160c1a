#!/bin/sh
# A kubectl over etcd processes of this machine, for steps that ask etcd. STUB is a directory:
#   url.MEMBER  client URL of a member; absent: its Pod cannot be asked
#   log.MEMBER  its log
#   ledger      the ledger's fields as the scripts' own template prints them
#   command     of the StatefulSet's containers; may be absent
# ETCDCTL is the etcdctl of the members' image.
set -eu
while [ "${1#--}" != "$1" ]; do shift 2; done
case "$*" in
  "exec "*)
    member=$2
    while [ "$1" != -- ]; do shift; done
    shift 2
    url=$(cat "$STUB/url.$member")
    for argument in "$@"; do
      shift
      case $argument in
        --endpoints=https://127.0.0.1:*) set -- "$@" "--endpoints=$url" ;;
        --cacert=* | --cert=* | --key=*) ;;
        *) set -- "$@" "$argument" ;;
      esac
    done
    ETCDCTL_API=3 exec "$ETCDCTL" "$@"
    ;;
  "logs "*) cat "$STUB/log.$2" ;;
  "get configmap "*) cat "$STUB/ledger" ;;
  *.spec.replicas*) printf '%s' "$(cat "$STUB/replicas" 2> /dev/null || printf 0)" ;;
  *.spec.template.spec.containers*) cat "$STUB/command" 2> /dev/null || true ;;
  *)
    echo "stub kubectl: cannot answer: $*" >&2
    exit 1
    ;;
esac
