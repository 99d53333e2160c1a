# Bars this machine's API server to everybody but connections of the machine's own to its loopback, before it starts.
# Safe to repeat: there is no moment without rules.
# In:  $1 SHA-256 of the ledger that was judged, $2 table, $3 port.  Ends with 79 when that has moved.  Result: "fenced".
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
lock_machine
demand_ledger "$1"
command -v nft > /dev/null || die "nft is not on this machine: install nftables"
demand_tables
{
  removal
  rules "$2" "$3"
} | timeout 30 nft -f -
printf 'fenced\n'
