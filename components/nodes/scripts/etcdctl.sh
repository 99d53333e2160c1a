# Runs etcd's client: the machine's own, else the one in etcd's container.
# In:  $1 seconds, $2 etcd's container, then etcdctl's arguments. Its exit code, output and errors are the result.
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
seconds=$1
container=$2
shift 2
if command -v etcdctl > /dev/null; then
  ETCDCTL_API=3 exec timeout "$seconds" etcdctl "$@" < /dev/null
fi
in_etcd "$seconds" "$container" etcdctl "$@"
