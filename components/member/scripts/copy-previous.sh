# Takes the database that a restore put aside on this very volume: the same as receive.sh, which follows, by a shorter way.
# In:  $2 id of that restore, then what receive.sh takes from $2 on.
. "${0%/*}/volume.sh"
from=$2
shift 2
set -- "$id" "$@"
[ -f "$data/member.pre-$from/snap/db" ] || die "restore $from put no database aside on this volume"
exec < "$data/member.pre-$from/snap/db"
. "${0%/*}/receive.sh"
