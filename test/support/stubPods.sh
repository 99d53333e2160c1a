#!/bin/sh
# A kubectl whose utility Pods are directories of this machine, for steps that ask them. STUB is a directory:
#   pods      "MEMBER POD" a line, the Pods that run
#   volumes/  the volume of each Pod, by the Pod's name
#   scripts/  the Pods' scripts
#   ledger    the ledger's fields as the scripts' own template prints them; may be absent
#   calls     every call, one a line; written here
set -eu
printf '%s\n' "$(printf '%s' "$*" | tr '\n' ' ')" >> "$STUB/calls"
while [ "${1#--}" != "$1" ]; do shift 2; done
case "$*" in
  "exec "*)
    shift 2
    DATA_DIRECTORY=$STUB/volumes/$1
    export DATA_DIRECTORY
    while [ "$1" != -- ]; do shift; done
    shift
    for argument in "$@"; do
      shift
      case $argument in
        /etcd-recovery/*) set -- "$@" "$STUB/scripts/${argument##*/}" ;;
        *) set -- "$@" "$argument" ;;
      esac
    done
    exec "$@"
    ;;
  "get pods "*) cat "$STUB/pods" ;;
  "get configmap "*) if [ -e "$STUB/ledger" ]; then cat "$STUB/ledger"; fi ;;
  *)
    echo "stub kubectl: cannot answer: $*" >&2
    exit 1
    ;;
esac
