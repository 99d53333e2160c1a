# Puts the live data aside and the staged data in its place: two renames on one file system.
# Each half of the pair may be the last thing that happened; a second run goes on from there.
lock_volume
if marked undone; then die "restore $id was undone: nothing is swapped"; fi
if ! marked swapped; then
  marked staged || die "nothing is staged on this volume"
  # bbolt locks its file with flock; an instant's look, and only where the image has the tool.
  if [ -e "$live/snap/db" ] && command -v flock > /dev/null && ! flock -n "$live/snap/db" true; then
    die "etcd still holds $live/snap/db"
  fi
  if [ ! -e "$previous" ] && ! marked no-previous; then
    if [ -d "$live" ]; then mv "$live" "$previous"; else : | mark no-previous; fi
  fi
  if [ -d "$staged" ]; then
    [ ! -e "$live" ] || die "$live appeared while it was put aside: an etcd was started on this volume"
    mv "$staged" "$live"
  fi
  [ -d "$live" ] || die "neither $live nor $staged exists: undo with 'pulumi destroy'"
  : | mark swapped
fi
printf 'swapped\n'
