# The end of a container's newest log.  In:  $1 container, $2 bytes, $3 only lines with this text ("": all).
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
log=$(logs_of "$1" | head -n 1)
[ -n "$log" ] || exit 0
tail -c "$2" "$log" | grep -F -e "$3" || true
