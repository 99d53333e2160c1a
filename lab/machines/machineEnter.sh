#!/bin/sh
# machineEnter.sh DIRECTORY PID PROGRAM [ARGUMENT...]
# Runs a program inside the machine whose first process is PID: its cgroups, then all its namespaces.
set -eu
directory=$1 pid=$2
shift 2
tab=$(printf '\t')
while IFS="$tab" read -r _ daemons _; do
  echo $$ >"$daemons/cgroup.procs"
done <"$directory/cgroups"
exec nsenter --target "$pid" --all -- "$@"
