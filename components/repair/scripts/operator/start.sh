# Waits until the member has joined and caught up: etcd answers clients only then.
ledger_load
ledger_beyond started || ledger_advance started swapped
POLL_INTERVAL=1 poll 600 member_answers || die "$MEMBER: has not joined after 600 s" \
  "Look: kubectl --namespace $NAMESPACE logs -c $ETCD_CONTAINER $MEMBER; then 'pulumi up' goes on, 'pulumi destroy' goes back."
say "$MEMBER: answers"
