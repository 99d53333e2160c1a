# Takes the lock and writes down what was found. In: MEMBER PEER_URL LIVE_REVISION SIZE CLUSTER_NAMES. The last gate
# before the first change.  Result: "old-member ID" ("none" when etcd has no such member), "peer-url URL".

# The others' database, and logs of 64 MB for the seed and the member, beside the data that is put aside.
check_volume() {
  await_utility
  state=$(in_utility "$MEMBER" state.sh < /dev/null)
  [ "$(fact phase "$state")" = new ] || die "restore.id: $RESTORE_ID was used before on the volume of $MEMBER" "pulumi config set --path restore.id $RESTORE_ID-2"
  needed=$((SIZE + 2 * 67108864))
  available=$(fact available "$state")
  [ "$available" -ge "$needed" ] || die "member $MEMBER: its volume has $available bytes free, its new data needs $needed" \
    "Enlarge PersistentVolumeClaim $DATA_CLAIM-$MEMBER, or remove old member.pre-* directories."
}

# The utility Pod ends with its node; from these two fields a later step makes it anew (utility.sh).
write_utility() {
  pod=$(fact "$MEMBER" "$utility_pods")
  printf '%s=%s' "$MEMBER" "$(kc get pod "$pod" -o jsonpath='{.spec.nodeName}')" > "$1/nodes"
  kc get pod "$pod" -o json | as_creatable > "$1/utility"
}

write_found() { # into directory $1, one file a field
  list=$(member_list) || die "etcd does not say which members it has"
  found_member=$(printf '%s\n' "$list" | awk -v name="$MEMBER" -v peer="$PEER_URL" '$3 == name || $4 == peer { print $1, $4; exit }')
  printf '%s' "$RESTORE_ID" > "$1/id"
  printf 'repair' > "$1/kind"
  printf 'open' > "$1/phase"
  printf '%s' "$(now)" > "$1/open"
  printf '%s@%s' "$(id -un)" "$(uname -n)" > "$1/holder"
  printf '%s' "$CLUSTER_NAMES" > "$1/names"
  write_utility "$1"
  printf '%s' "$MEMBER" > "$1/member"
  printf '%s' "${found_member%% *}" > "$1/old-member"
  printf '%s' "$(printf '%s' "${found_member#* }" | grep . || printf '%s' "$PEER_URL")" > "$1/peer-url"
  printf '%s' "$LIVE_REVISION" > "$1/live-revision"
  # What an earlier restore added to the revision: a later restore bumps beyond it.
  printf '%s' "$(ledger revision)" > "$1/revision"
  printf '%s' "$(ledger bump)" > "$1/bump"
  printf '%s' "${RESTORE_REASON:-}" | tr '\n' ' ' > "$1/reason"
}

ledger_manifest() { kc create configmap "$LEDGER" --from-file="$1" --dry-run=client -o json; }

lost_race() {
  die "another restore took the ledger $NAMESPACE/$LEDGER at the same moment" "Look: kubectl --namespace $NAMESPACE get configmap $LEDGER -o yaml"
}

# The ledger of a finished or undone restore becomes history; then ours takes its place, by compare and swap.
take_over() {
  version=$(kc get configmap "$LEDGER" -o jsonpath='{.metadata.resourceVersion}')
  kc get configmap "$LEDGER" -o json | as_creatable |
    kubectl patch --local -f - --type=merge -p "{\"metadata\":{\"name\":\"$LEDGER-$1\"}}" -o json |
    kc create --validate=false -f - > /dev/null 2>&1 || kc get configmap "$LEDGER-$1" > /dev/null
  ledger_manifest "$2" | kubectl patch --local -f - --type=merge -p "{\"metadata\":{\"resourceVersion\":\"$version\"}}" -o json |
    kc replace --validate=false -f - > /dev/null || lost_race
}

take_lock() {
  case "$(ledger id)/$(ledger phase)" in
    /) ledger_manifest "$1" | kc create --validate=false -f - > /dev/null || lost_race ;;
    "$RESTORE_ID"/*) die "restore.id: $RESTORE_ID was used before (it is $(ledger phase))" "pulumi config set --path restore.id $RESTORE_ID-2" ;;
    */finished | */undone) take_over "$(ledger id)" "$1" ;;
    *) die "restore $(ledger id) of this cluster is under way since $(ledger open) ($(ledger phase), by $(ledger holder))" "$TWO_WAYS_OUT" ;;
  esac
}

ledger_load
# What an earlier run of this step found stands: later steps may have changed the cluster since.
if [ "$(ledger id)" != "$RESTORE_ID" ] || [ "$(ledger phase)" = undone ]; then
  check_volume
  require_others
  found=$(mktemp -d)
  trap 'rm -rf "$found"' EXIT
  write_found "$found"
  take_lock "$found"
  ledger_load
  say "ledger: open (member $MEMBER, id $(ledger old-member))"
fi
old=$(ledger old-member)
printf 'old-member %s\npeer-url %s\n' "${old:-none}" "$(ledger peer-url)"
