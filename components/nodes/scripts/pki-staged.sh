# Says what is staged under this id, as pki-stage says it; nothing where nothing is. Changes nothing.  In:  $1 restore id.
. "${0%/*}/machine.sh"
. "${0%/*}/pki-parts.sh"
is_whole() { [ -e "$(place_of "$1")/new$1" ] || whole=1; }
whole=0
marked staged || exit 0
if ! begun && ! marked swapped; then each_part is_whole; fi
[ "$whole" = 0 ] || exit 0
cat "$work/staged"
