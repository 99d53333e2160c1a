# Clears what only the repair needed and waits until the utility Pod has ended by itself.

pods_in() { kc get pods -l "etcd-recovery/restore=$RESTORE_ID" --field-selector="status.phase=$1" -o name; }

utility_ended() { running=$(pods_in Running) && [ -z "$running" ]; }

ledger_require committed finished
utility_load
# A Pod that has succeeded has seen the mark on its volume.
if [ -n "$(fact "$MEMBER" "$utility_pods")" ] || [ -z "$(pods_in Succeeded)" ]; then
  in_utility "$MEMBER" release.sh < /dev/null > /dev/null
fi
remove_revived
poll 60 utility_ended || die "a utility Pod does not end: $running" "'pulumi destroy' removes it."
ledger_advance finished committed
say "$MEMBER: repaired; its previous data is kept as member.pre-$RESTORE_ID on its volume"
