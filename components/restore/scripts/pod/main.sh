# Process 1 of the utility Pod: keeps the member's volume mounted until this restore is over.
# The mark "over" on the volume ends it, so that a Pod that nobody remembers ends as well.
# TERM while nothing has been swapped clears away what was staged: the Pod is the only one that can.

clear_staging() {
  if marked undone; then
    rm -rf "$work/snapshot.db" "$work/restored" "$work"/etcdutl* "$work/lock"
  elif ! marked swapped && [ ! -e "$previous" ]; then
    rm -rf "$work"
    rmdir "$data/.etcd-recovery" 2>/dev/null || true
  fi
  exit 0
}
trap clear_staging TERM INT

until marked over; do
  sleep 1 &
  wait $!
done
