# Says which fences stand around this machine's API server, of whichever restore, one a line. Changes nothing.
#   fence NAME (its table) ; unknown (nft does not say)
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
if find_tables 2> /dev/null; then
  for its in $tables; do printf 'fence %s\n' "$its"; done
else
  printf 'unknown\n'
fi
