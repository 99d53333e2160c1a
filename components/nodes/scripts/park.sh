# Takes the manifest of a static Pod away from the kubelet, which then ends it. Safe to repeat.
# In:  $1 file name, $2 SHA-256 of the ledger that was judged.  Ends with 79 when that has moved.  Result: "parked".
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
lock_machine
demand_ledger "$2"
if behind "$1"; then
  # It is parked; what the kubelet has is a copy in memory.
  rm -f "$manifests/$1"
elif [ -e "$manifests/$1" ]; then
  if [ -e "$parked/$1" ] && ! same "$manifests/$1" "$parked/$1"; then
    die "$manifests/$1 is there again, and is not the one that was parked as $parked/$1: keep the right one of the two"
  fi
  carry "$manifests/$1" "$parked/$1"
fi
printf 'parked\n'
