# Swaps one member's data. In: MEMBER.
ledger_advance swapped quiesced
[ "$(kc get statefulset "$ETCD_STATEFULSET" -o jsonpath='{.spec.replicas}/{.status.replicas}')" = 0/0 ] ||
  die "StatefulSet $ETCD_STATEFULSET is not at 0: something scaled it up again" \
    "Find out who; then 'pulumi up' goes on, 'pulumi destroy' goes back."
in_utility "$MEMBER" swap.sh < /dev/null > /dev/null
say "$MEMBER: swapped"
