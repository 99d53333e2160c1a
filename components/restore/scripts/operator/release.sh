# Clears what only the restore needed and waits until the utility Pods have ended by themselves.

pods_in() { # PHASE [MEMBER]
  kc get pods -l "etcd-recovery/restore=$RESTORE_ID${2:+,etcd-recovery/member=$2}" --field-selector="status.phase=$1" -o name
}

# A Pod that has succeeded has seen the mark on its volume; one that has failed lost its node.
release_member() {
  if [ -z "$(fact "$1" "$utility_pods")" ] && [ -n "$(pods_in Succeeded "$1")" ]; then return 0; fi
  in_utility "$1" release.sh < /dev/null > /dev/null
}

utility_ended() { running=$(pods_in Running) && [ -z "$running" ]; }

utility_load
for member in $MEMBERS; do release_member "$member"; done
remove_revived
poll 60 utility_ended || die "a utility Pod does not end: $running" "'pulumi destroy' removes it."
say "utility Pods ended; the previous data is kept as member.pre-$RESTORE_ID on every volume"
