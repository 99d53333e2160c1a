# Puts the previous data back, whatever part of the swap was done, clears what only staging needed, and lets the Pod
# end. Safe to repeat.  Result: "undone".
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
lock_volume
marked undone || : | mark undone  # from here no late swap does anything
if ! marked unswapped; then
  bring_back
  if marked no-previous && [ ! -e "$staged" ] && [ -e "$live" ]; then
    rm -rf "$work/undone-data"
    mv "$live" "$work/undone-data"
  fi
  rm -f "$work/swapped"
  : | mark unswapped
fi
drop_staging
printf 'undone\n'
end_main
