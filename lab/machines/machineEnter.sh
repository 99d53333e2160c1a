#!/bin/sh
# machineEnter.sh DIRECTORY CGROUP PID PROGRAM [ARGUMENT...]
# Runs a program inside the machine whose first process is PID: its cgroups, then all its namespaces.
set -eu
directory=$1 cgroup=$2 pid=$3
shift 3
tab=$(printf '\t')
while IFS="$tab" read -r mount_point _; do
  echo $$ >"$mount_point/$cgroup/cgroup.procs"
done <"$directory/cgroups"
exec nsenter --target "$pid" --all -- "$@"
