# Clears what only the restore needed and waits until the utility Pods have ended by themselves.
utility_load
for member in $MEMBERS; do
  if [ -n "$(fact "$member" "$utility_pods")" ]; then in_utility "$member" release.sh < /dev/null > /dev/null; fi
done
CALL_SECONDS=60 kc wait --for=jsonpath='{.status.phase}'=Succeeded pods -l "etcd-recovery/restore=$RESTORE_ID" --timeout=60s > /dev/null ||
  die "a utility Pod does not end: $(kc get pods -l "etcd-recovery/restore=$RESTORE_ID" -o name | tr '\n' ' ')" "'pulumi destroy' removes it."
say "utility Pods ended; the previous data is kept as member.pre-$RESTORE_ID on every volume"
