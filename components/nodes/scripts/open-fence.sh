# Opens the fence: the API server's manifest is the kubelet's for good, then nothing is left of the fence. Safe to repeat.
# In:  $1 file name, $2 SHA-256 of the ledger that was judged.  Ends with 79 when that has moved.  Result: "open".
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
lock_machine
demand_ledger "$2"
if [ -e "$parked/$1" ]; then
  if [ -e "$manifests/$1" ] && ! cmp -s "$manifests/$1" "$parked/$1"; then
    die "$manifests/$1 is there, and is not the one that was parked as $parked/$1: keep the right one of the two"
  fi
  # Equal to what the kubelet has: it starts nothing anew.
  mv "$parked/$1" "$manifests/$1"
  settle "$manifests" "$parked"
fi
take_away_fence
printf 'open\n'
