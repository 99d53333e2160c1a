# Says what of the fence is there, one fact a line. Changes nothing.
# In:  $1 table, $2 file name of the API server's manifest.
#   table 0|1 ; behind 0|1 (it is wanted behind the fence) ; loose 0|1 (it is wanted without one)
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
demand_tables
table=0
if stands "$1"; then table=1; fi
behind=0
loose=0
if behind "$2"; then
  if [ -e "$manifests/$2" ]; then behind=1; fi
elif [ -e "$manifests/$2" ]; then
  loose=1
fi
printf 'table %s\nbehind %s\nloose %s\n' "$table" "$behind" "$loose"
