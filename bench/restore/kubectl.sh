#!/bin/sh
# Stands in for kubectl where the bench runs the steps that start and verify etcd: the members are processes of
# this machine, so "exec MEMBER -- etcdctl" is etcdctl itself, asked for the member's own address.
# In: BENCH_MEMBERS ("NAME CLIENT-URL" a line), RESTORE_ID.
verb=
for word in "$@"; do
  case $word in exec | get | scale | patch | logs) verb=$word && break ;; esac
done
until [ $# -eq 0 ] || [ "$1" = "$verb" ]; do shift; done

etcdctl_of() {
  url=$(sed -n "s/^$1 //p" "$BENCH_MEMBERS")
  until [ "$1" = -- ]; do shift; done
  shift 2 # -- etcdctl
  for word in "$@"; do
    shift
    case $word in
      --cacert=* | --cert=* | --key=*) ;;
      --endpoints=https://127.0.0.1:*) set -- "$@" "--endpoints=$url" ;;
      *) set -- "$@" "$word" ;;
    esac
  done
  exec etcdctl "$@"
}

case "$verb ${2:-}" in
  exec*) shift && etcdctl_of "$@" ;;
  "get configmap") # the ledger
    printf 'id %s\nphase started\nrevision 1\nlive-revision 1\netcd 3\n' "$RESTORE_ID" ;;
  "get statefulset/"*) printf 0 ;; # replicas of the API server
  get* | logs* | scale* | patch*) ;; # there are no Pods, and the bench has started the processes itself
  *) printf 'unexpected: %s\n' "$*" >&2 && exit 1 ;;
esac
