# Puts the previous data back, whatever part of the repair was done. Safe to repeat.
. "${0%/*}/volume.sh"
. "${0%/*}/block.sh"
lock_volume
marked undone || : | mark undone # from here no late step does anything
if ! marked unswapped; then
  bring_back
  # The volume was empty.
  if blocked || { marked swapped && marked no-previous && [ -e "$live" ]; }; then put_aside undone-data; fi
  rm -rf "$seed" "$work/block"
  rm -f "$work/swapped"
  : | mark unswapped
fi
printf 'undone\n'
end_main
