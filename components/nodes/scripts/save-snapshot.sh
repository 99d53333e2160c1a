# Saves a snapshot of this machine's etcd and gives it as output. It lies beside etcd's data for that time, where etcd's
# own container reaches it too, and goes with this script, whatever ends it but a loss of power: the next one removes it.
# In:  $1 seconds of the save, $2 etcd's container, $3 etcd's data directory, $4 the same in its container, then etcdctl's access.
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
seconds=$1
container=$2
data=$3
inside=$4
shift 4

exec 9< "$data"
flock -w 60 9 || die "another backup is taken from this machine: wait for it, then run the same command again"
rm -f "$data"/etcd-recovery-snapshot.*
name=etcd-recovery-snapshot.$$
trap 'rm -f "$data/$name" "$data/$name.part"' EXIT
trap 'exit 1' HUP INT TERM PIPE

# A full disk stops etcd: what is left behind the snapshot must be enough for it.
needed=$(($(stat -c %s "$data/member/snap/db") / 1024 + 262144))
free=$(df -Pk "$data" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$needed" ] ||
  die "$data: $((free / 1024)) MiB are free, a snapshot beside etcd's data needs $((needed / 1024))"

if command -v etcdctl > /dev/null; then
  ETCDCTL_API=3 timeout "$seconds" etcdctl "$@" snapshot save "$data/$name" < /dev/null >&2
else
  in_etcd "$seconds" "$container" etcdctl "$@" snapshot save "$inside/$name" >&2
fi
cat "$data/$name"
