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
id=$(instances "$container" | head -n 1)
[ -n "$id" ] || die "etcdctl is not on this machine, and no etcd runs here whose image may have it"
if command -v ctr > /dev/null; then
  exec timeout "$seconds" ctr -n k8s.io tasks exec --exec-id "etcd-recovery-$$" "$id" etcdctl "$@" < /dev/null
elif command -v crictl > /dev/null; then
  exec timeout "$seconds" crictl exec "$id" etcdctl "$@" < /dev/null
fi
exec timeout "$seconds" docker exec "$id" etcdctl "$@" < /dev/null
