# Takes away the fences that stand around this machine's API server, of whichever restore, before it starts for everybody.
# A nft that does not say is no reason to fail: a machine that has never had a fence need not be able to have one.
# In:  $1 SHA-256 of the ledger that was judged.  Ends with 79 when that has moved.
# Result: "dropped NAME" for each; "unknown" when nft does not say.
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
lock_machine
demand_ledger "$1"
if find_tables 2> /dev/null; then
  [ -n "$tables" ] || exit 0
  take_away_fence || die "a fence is left around the API server, and nft does not take it away (see above): nft list tables; nft delete table inet NAME"
  for its in $tables; do printf 'dropped %s\n' "$its"; done
else
  printf 'unknown\n'
fi
