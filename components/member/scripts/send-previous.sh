# Writes the database that a restore put aside to standard output. Changes nothing.
# In:  $2 id of that restore, $3 codec of the stream (none | gzip | zstd).
. "${0%/*}/volume.sh"
from=$2
codec=$3
database=$data/member.pre-$from/snap/db

[ -f "$database" ] || die "restore $from put no database aside on this volume"
case $codec in
  none) cat ;;
  gzip) gzip -1 -c ;;
  zstd) zstd -1 -cq ;;
  *) die "unknown codec: $codec" ;;
esac < "$database"
