#!/bin/sh
# machineNamespaces.sh DIRECTORY NAME INIT
# Moves from the machine's cgroups to where its daemons are, which with cgroup v2 is below them, and becomes `unshare`,
# whose child is the machine's first process.
set -eu
directory=$1 name=$2 init=$3
tab=$(printf '\t')
while IFS="$tab" read -r _ daemons _; do
  echo $$ >"$daemons/cgroup.procs"
done <"$directory/cgroups"
exec unshare --mount --uts --ipc --net --pid --fork --kill-child -- /bin/sh "$init" "$directory" "$name"
