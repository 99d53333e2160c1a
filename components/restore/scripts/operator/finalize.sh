# Removes what restore FINALIZE_ID put aside, on every member's volume: the only step that removes previous data.
# In: FINALIZE_ID.  Result: "freed MEMBER BYTES" for each.

# The mark "over" on the volumes ends the Pods of an id that was used before.
check_pods() {
  utility_load
  [ -z "$utility_pods" ] || return 0
  ended=$(kc get pods -l "etcd-recovery/restore=$RESTORE_ID" --field-selector=status.phase=Succeeded -o name)
  [ -z "$ended" ] || die "restore.id: $RESTORE_ID was used before: its utility Pods have ended" "pulumi config set --path restore.id $RESTORE_ID-2"
}

remove_everywhere() { # into directory $1, one file a member
  together=
  for member in $MEMBERS; do
    in_utility "$member" finalize.sh "$FINALIZE_ID" < /dev/null > "$1/$member" &
    together="$together $!"
  done
  wait_together || die "what restore $FINALIZE_ID put aside is not removed from every volume (see above)" "Mend the cause; then 'pulumi up' goes on."
}

ledger_load
require_none_open
require_finished restore.finalize "$FINALIZE_ID"
if [ -n "$(past finalized)" ]; then
  say "what restore $FINALIZE_ID put aside was removed at $(past finalized)"
  for member in $MEMBERS; do printf 'freed %s 0\n' "$member"; done
  exit 0
fi
check_pods
for MEMBER in $MEMBERS; do await_utility; done
# First every question, then the first change.
in_every_utility state.sh || die "not every utility Pod could be asked: nothing is removed"
# Before the first removal: from here nothing is rolled back to this data.
past_mark finalizing
removed=$(mktemp -d)
trap 'rm -rf "$removed"' EXIT
remove_everywhere "$removed"
past_mark finalized
for member in $MEMBERS; do
  freed=$(fact freed "$(cat "$removed/$member")")
  printf 'freed %s %s\n' "$member" "$freed"
  say "$member: removed what restore $FINALIZE_ID put aside, $freed bytes"
done
