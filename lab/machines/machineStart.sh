#!/bin/sh
# machineStart.sh DIRECTORY NAME INIT
# Joins the machine's cgroups and makes its cgroup namespace, which shows as its root the cgroups that a process is in
# when the namespace is made. From there on see machineNamespaces.sh.
set -eu
directory=$1
tab=$(printf '\t')
while IFS="$tab" read -r root _; do
  echo $$ >"$root/cgroup.procs"
done <"$directory/cgroups"
exec unshare --cgroup -- /bin/sh "$(dirname "$0")/machineNamespaces.sh" "$@"
