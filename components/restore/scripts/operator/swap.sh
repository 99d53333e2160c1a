# Swaps one member's data. In: MEMBER.
ledger_load
if ledger_beyond swapped; then
  say "$MEMBER: swapped before, by an earlier run"
  exit 0
fi
ledger_require swapped
servers_gone || die "StatefulSet $ETCD_STATEFULSET or $APISERVER_STATEFULSET is not at 0: something scaled it up again" \
  "Find out who; then 'pulumi up' goes on, 'pulumi destroy' goes back."
utility_load
in_utility "$MEMBER" swap.sh < /dev/null > /dev/null
say "$MEMBER: swapped"
