# Ends the etcd that makes a member's new log, and waits until it has ended. Safe to repeat.  Result: "ended".
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
. "${0%/*}/seed-place.sh"
lock_machine
rm -f "$wanted" "$text"
waited=0
while :; do
  living=$(instances "$seed")
  [ -n "$living" ] || break
  [ "$waited" -lt 40 ] || die "container $seed does not end: crictl ps --name $seed"
  # The kubelet ends it at once; where there is none, we do.
  [ "$waited" -lt 15 ] || end_at_once "$seed"
  waited=$((waited + 1))
  sleep 1
done
printf 'ended\n'
