# Removes the keys, certificates and kubeconfigs that a restore that is over has put aside on this machine, and those that
# its undo took away.  In:  $1 id of that restore.  Result: "removed".
. "${0%/*}/machine.sh"
. "${0%/*}/pki-parts.sh"
is_there() { [ -e "$1" ] || die "$1 is not there: what restore $id put aside may be all that there is, and stays"; }
remove_place() {
  place=$(place_of "$1")
  if [ "$place" = "$work" ]; then return 0; fi
  rm -rf "$place"
  rmdir "${place%/*}" 2> /dev/null || true
}
case $id in '' | .* | */*) die "no id of a restore: $id" ;; esac
lock_machine
if ! marked undone; then each_part is_there; fi
# The list of the parts goes last: by it what is left is found.
each_part remove_place
rm -rf "$work/new" "$work/old" "$work/absent" "$work/away" "$work"
rmdir "${work%/*}" 2> /dev/null || true
printf 'removed\n'
