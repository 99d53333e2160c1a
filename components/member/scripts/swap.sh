# Puts the live data aside and the staged data in its place: two renames on one file system. Then clears what only
# staging needed, and lets the Pod end: no Pod has to come back to a volume that an etcd serves from.
# Each half of the pair may be the last thing that happened; a second run goes on from there.  Result: "swapped".
# In:  $2 SHA-256 of the snapshot, $3 revision bump, both as the ledger has them: nothing else is put in place.
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
lock_volume
not_undone "nothing is swapped"
if ! marked swapped; then
  is_staged || die "nothing is staged on this volume"
  for asked in ${2:+"sha256 $2"} ${3:+"bump $3"}; do
    grep -qx "$asked" "$work/staged" || die "what is staged on this volume is not what the ledger names ($asked)"
  done
  if is_held "$live/snap/db"; then
    die "etcd still holds $live/snap/db"
  fi
  if [ ! -e "$previous" ] && ! marked no-previous; then
    if [ -d "$live" ]; then mv "$live" "$previous"; else : | mark no-previous; fi
  fi
  nested "$staged" "$live"
  if [ -d "$staged" ] && [ ! -e "$live" ]; then
    mv "$staged" "$live"
    nested "$staged" "$live"
  fi
  [ ! -e "$staged" ] || die "$live appeared while it was put aside: an etcd was started on this volume"
  [ -d "$live" ] || die "neither $live nor $staged exists: undo with 'pulumi destroy'"
  : | mark swapped
fi
drop_staging
printf 'swapped\n'
end_main
