# Puts the previous data back, whatever part of the repair was done. Safe to repeat.
. "${0%/*}/volume.sh"
. "${0%/*}/block.sh"
lock_volume
marked undone || : | mark undone # from here no late step does anything
if ! marked unswapped; then
  attempt=0
  # An etcd that starts between the two renames leaves something: that goes, too.
  while [ -e "$previous" ]; do
    [ "$attempt" -lt 5 ] || die "an etcd writes to $live again and again"
    attempt=$((attempt + 1))
    if [ -e "$live" ]; then put_aside undone-data; fi
    mv "$previous" "$live"
    if [ -e "$live/member.pre-$id" ]; then mv "$live/member.pre-$id" "$previous"; fi
  done
  # The volume was empty.
  if blocked || { marked swapped && marked no-previous && [ -e "$live" ]; }; then put_aside undone-data; fi
  rm -rf "$seed" "$work/stranger" "$work/block"
  rm -f "$work/swapped"
  : | mark unswapped
fi
printf 'undone\n'
end_main
