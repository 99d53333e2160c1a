# Removes what this restore brought to the volume. Where nothing was swapped, that is everything of it; after a swap,
# or after an undo, what only staging needed. The marks of these, and the previous data, stay.  Result: "cleared".
# Between the two, what is staged may be all that there is: it stays.
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
lock_volume
if marked swapped || marked unswapped || marked over; then
  drop_staging
elif begun || marked undone; then
  rm -rf "$work/restored.part" "$work"/snapshot.db* "$work"/etcdutl*
else
  forget_staging
  for left in "$work"/* "$work"/.[!.]*; do
    case $left in "$work/lock" | "$record") ;; *) rm -rf "$left" ;; esac
  done
fi
printf 'cleared\n'
# A directory of marks stays, as does main.sh's own record, which goes with it.
release_volume
rmdir "$work" "$data/.etcd-recovery" 2> /dev/null || true
