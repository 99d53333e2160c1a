#!/bin/sh
# machineStart.sh DIRECTORY NAME CGROUP INIT
# Joins the machine's cgroups and becomes `unshare`, whose child is the machine's first process. The cgroups come first:
# a cgroup namespace shows as its root the cgroups that a process is in when the namespace is made.
set -eu
directory=$1 name=$2 cgroup=$3 init=$4
tab=$(printf '\t')
while IFS="$tab" read -r mount_point _; do
  echo $$ >"$mount_point/$cgroup/cgroup.procs"
done <"$directory/cgroups"
exec unshare --mount --uts --ipc --net --pid --cgroup --fork --kill-child -- /bin/sh "$init" "$directory" "$name"
