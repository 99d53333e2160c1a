# Says what there is of the etcd that makes a member's new log. Changes nothing.  In:  $1 the member's data directory.
#   there ; ended (it has run, and runs no more) ; locked PATH (a process has this database open)
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
. "${0%/*}/seed-place.sh"
if [ -e "$wanted" ]; then
  printf 'there\n'
  # Its log first: what has said something has begun. A log that is older is an earlier one's.
  said=$(find -L /var/log/pods/kube-system_*/"$seed" -name '*.log' -size +0 -newer "$text" 2> /dev/null | head -n 1)
  living=$(instances "$seed")
  if [ -n "$said" ] && [ -z "$living" ]; then printf 'ended\n'; fi
fi
# Of whichever name: no process, known to the runtime or not, has two of these.
for db in "$1"/member/snap/db "$1"/member.*/snap/db "$1"/member.seed-*/member/snap/db; do
  if is_held "$db"; then printf 'locked %s\n' "$db"; fi
done
