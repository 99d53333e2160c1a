# Gives the manifest of a static Pod back to the kubelet, which starts it. Safe to repeat; what was not parked stays away.
# In:  $1 file name, $2 SHA-256 of the ledger that was judged, $3 container.  Ends with 79 when that has moved.  Result: "back".
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
lock_machine
demand_ledger "$2"
if [ ! -e "$manifests/$1" ]; then forget_ended "$3"; fi
give_back "$1"
printf 'back\n'
