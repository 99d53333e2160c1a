# Clears what only the restore needed and waits until the utility Pods have ended by themselves.

pods_in() { # PHASE [MEMBER]
  kc get pods -l "etcd-recovery/restore=$RESTORE_ID${2:+,etcd-recovery/member=$2}" --field-selector="status.phase=$1" -o name
}

# A Pod that has succeeded has seen the mark on its volume; one that has failed lost its node.
released() { [ -n "$(pods_in Succeeded "$1")" ]; }

# The Pod may end by the mark before its answer is through: what counts is the end that follows.
release_member() {
  if [ -z "$(fact "$1" "$utility_pods")" ] && released "$1"; then return 0; fi
  (in_utility "$1" release.sh < /dev/null > /dev/null) || say "$1: its utility Pod gave no answer; waiting for its end"
}

all_released() {
  for member in $MEMBERS; do released "$member" || return 1; done
  running=$(pods_in Running) && [ -z "$running" ]
}

utility_load
for member in $MEMBERS; do release_member "$member"; done
poll 60 all_released || die "not every utility Pod has ended by itself; running: $(pods_in Running | tr '\n' ' ')" \
  "Mend the cause above, then 'pulumi up' goes on; 'pulumi destroy' removes the Pods."
remove_revived
if [ -n "${FINALIZE_ID:-}" ]; then
  say "utility Pods ended"
else
  say "utility Pods ended; the previous data is kept as member.pre-$RESTORE_ID on every volume"
fi
