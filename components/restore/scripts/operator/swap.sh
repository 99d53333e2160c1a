# Swaps one member's data. In: MEMBER.
ledger_load
if ledger_beyond swapped; then
  say "$MEMBER: swapped before, by an earlier run"
  exit 0
fi
ledger_require swapped
require_servers_gone
utility_load
in_utility "$MEMBER" swap.sh < /dev/null > /dev/null
say "$MEMBER: swapped"
