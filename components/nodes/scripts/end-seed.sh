# Ends the etcd that makes a member's new log, and waits until it has ended. Safe to repeat.
# In:  $1 seconds that the kubelet is given for it.  Result: "ended".
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
. "${0%/*}/seed-place.sh"
lock_machine
rm -f "$wanted" "$text"
waited=0
while :; do
  living=$(instances "$seed")
  [ -n "$living" ] || break
  [ "$waited" -lt $(($1 + 25)) ] || die "container $seed does not end: crictl ps --name $seed"
  # Where there is no kubelet, we do.
  [ "$waited" -lt "$1" ] || end_at_once "$seed"
  waited=$((waited + 1))
  sleep 1
done
printf 'ended\n'
