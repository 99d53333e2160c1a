# Removes what of keys was staged under this id. After a swap, or an undo, what only staging needed; else all of it.
# In:  $1 restore id.  Result: "cleared".
. "${0%/*}/machine.sh"
. "${0%/*}/pki-parts.sh"
remove_place() {
  place=$(place_of "$1")
  rm -rf "$place"
  if [ "$place" != "$work" ]; then rmdir "${place%/*}" 2> /dev/null || true; fi
}
lock_machine
if marked swapped || marked unswapped; then
  each_part drop_new
elif ! begun; then
  each_part remove_place
  rm -rf "$work"
  rmdir "${work%/*}" 2> /dev/null || true
fi
printf 'cleared\n'
