# Ends at once what still runs of a static Pod whose manifest is parked. For servers that would use all of their grace
# while everybody waits, and that lose nothing by it; and for any that its kubelet does not end.
# In:  $1 file name, $2 SHA-256 of the ledger that was judged, $3 container.  Result: "ended".
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
lock_machine
demand_ledger "$2"
[ ! -e "$manifests/$1" ] || die "$manifests/$1 is there again: its Pod is not ended"
end_at_once "$3"
printf 'ended\n'
