# One member, its Pod, and its place among the others: what the steps of a repair share. In: MEMBER.
LEDGER_KIND=repair

others=
for any_member in $MEMBERS; do
  [ "$any_member" = "$MEMBER" ] || others="$others $any_member"
done
other_endpoints=$(printf '%s\n' "$ETCD_ENDPOINTS" | tr ',' '\n' | grep -v -F "//$MEMBER." | tr '\n' ',' | sed 's/,$//')

# --- the others ---

# etcdctl through the first of the others that can be asked, without the one that cannot answer.
etcdctl_others() {
  for other in $others; do
    if etcdctl_in "$other" "$other_endpoints" "$@" 2> /dev/null; then return 0; fi
  done
  return 1
}

# "ID STATUS NAME PEER-URLS LEARNER" a line; "-" is the name of a member that has never started.
# Fails when etcd could not be asked.
member_list() {
  member_lines=$(etcdctl_others member list) && [ -n "$member_lines" ] || return 1
  printf '%s\n' "$member_lines" | awk -F ', ' 'NF >= 5 { print $1, $2, ($3 == "" ? "-" : $3), $4, (NF > 5 ? $6 : "false") }'
}

# answering NAME STATUS: whether it takes part in the quorum.
answering() { printf '%s\n' "$2" | grep -q -e "^$1 [^ ]* leader" -e "^$1 [^ ]* follower"; }

# The first of the others that does not take part in the quorum; empty when all do. Reads $status.
silent_other() {
  for other in $others; do
    if ! answering "$other" "$status"; then
      printf '%s' "$other"
      return 0
    fi
  done
}

# etcd adds a member only while all others are connected; and what is taken from the list must never be the quorum's.
require_others() {
  status=$(members_status)
  silent=$(silent_other)
  [ -z "$silent" ] || die "etcd: $silent does not take part in the quorum: nothing more is changed while $MEMBER is bad" \
    "Look: kubectl --namespace $NAMESPACE logs -c $ETCD_CONTAINER $silent; then 'pulumi up' goes on."
}

member_answers() { answering "$MEMBER" "$(members_status)"; }

# --- its Pod ---

pod_uid() { kc get pod "$MEMBER" --ignore-not-found -o jsonpath='{.metadata.uid}'; }

# Ends what runs in the member's Pod; the StatefulSet makes another at once. Never by force: an object that has gone
# otherwise means that the kubelet has confirmed the containers dead.
end_pod() {
  CALL_SECONDS=130 kc delete pod "$MEMBER" --ignore-not-found --grace-period=10 --timeout=120s > /dev/null ||
    die "$MEMBER: its Pod is not gone after 120 s" \
      "A Pod stays while its node does not answer. Mend the node, then 'pulumi up' goes on; never delete it by force."
}

has_address() { [ -n "$(kc get pod "$MEMBER" --ignore-not-found -o jsonpath='{.status.podIP}')" ]; }

# Until the Pod that the StatefulSet made has a network; its etcd may well fail.
wait_for_pod() {
  poll 120 has_address || die "$MEMBER: the StatefulSet has made no Pod that runs after 120 s: $(kc get pod "$MEMBER" -o wide 2>&1 | tail -n 1)" \
    "Look: kubectl --namespace $NAMESPACE describe pod $MEMBER; then 'pulumi up' goes on."
}

# --- the ledger ---

# ledger_keep FIELD VALUE: adds a field to the ledger that is ours.
ledger_keep() {
  kc patch configmap "$LEDGER" --type=json > /dev/null -p "[
    {\"op\":\"test\",\"path\":\"/data/id\",\"value\":\"$RESTORE_ID\"},
    {\"op\":\"add\",\"path\":\"/data/$1\",\"value\":\"$2\"}]" || die "could not write $1 into the ledger $NAMESPACE/$LEDGER" "Run 'pulumi up' again."
}

TO_GO_ON="To go on: pulumi config set --path restore.id $RESTORE_ID-2 && pulumi up"
