# Gives the manifest of a static Pod back to the kubelet, which starts it. Safe to repeat; what was not parked stays away.
# In:  $1 file name, $2 SHA-256 of the ledger that was judged.  Ends with 79 when that has moved.  Result: "back".
. "${0%/*}/machine.sh"
lock_machine
demand_ledger "$2"
if [ -e "$parked/$1" ]; then
  if [ -e "$manifests/$1" ] && ! cmp -s "$manifests/$1" "$parked/$1"; then
    die "$manifests/$1 is there, and is not the one that was parked as $parked/$1: keep the right one of the two"
  fi
  # Only the name in the kubelet's directory is looked at: it appears whole.
  mv "$parked/$1" "$manifests/$1"
  settle "$manifests" "$parked"
fi
printf 'back\n'
