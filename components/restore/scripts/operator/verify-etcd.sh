# The restored members are one cluster, equal, writable, and ahead of every client's memory.
# Result: "revision N", "member NAME HASH REVISION" for each, "warning TEXT" for what did not stop the restore.
canary=/etcd-recovery/$RESTORE_ID
GO_BACK="'pulumi destroy' goes back to the previous data."

# shellcheck disable=SC2086 # the members' names are words
set -- $MEMBERS
expected=$#

warn() {
  say "warning: $1"
  printf 'warning %s\n' "$1"
}

# Nobody may write before the restored data is proven.
check_not_serving() {
  if [ "$(ledger phase)" != started ] || [ -n "$(ledger serving)" ]; then return 0; fi
  serving=$(replicas_of "statefulset/$APISERVER_STATEFULSET") || die "could not ask for StatefulSet $APISERVER_STATEFULSET"
  [ "$serving" = 0 ] ||
    die "StatefulSet $APISERVER_STATEFULSET: something scaled it to $serving replicas before the restored data was verified$(who_scaled "$APISERVER_STATEFULSET")" \
      "Stop whatever did it, then: kubectl --namespace $NAMESPACE scale statefulset $APISERVER_STATEFULSET --replicas=0; 'pulumi up' goes on. $GO_BACK"
}

# All members, in the cluster that was staged and in no other.
check_identities() {
  absent=$(absent_from "$identities")
  [ -z "$absent" ] || die "etcd: no answer from: $absent" "Look: kubectl --namespace $NAMESPACE logs -c $ETCD_CONTAINER ${absent%% *}; then 'pulumi up' goes on. $GO_BACK"
  staged_cluster=$(ledger cluster)
  clusters=$(printf '%s\n' "$identities" | cut -d ' ' -f 2 | sort -u)
  if [ -n "$staged_cluster" ]; then staged_cluster=$(printf '%u' "0x$staged_cluster"); else staged_cluster=$clusters; fi
  [ "$clusters" = "$staged_cluster" ] ||
    die "etcd: the members are not one restored cluster (staged: cluster $staged_cluster): $(printf '%s\n' "$identities" | awk '{ printf "%s is in %s; ", $1, $2 }')" \
      "A member runs on other data than was staged. $GO_BACK"
}

# --- alarms: one travels in the snapshot, and healthy is not writable ---

largest() { printf '%s\n' "$identities" | cut -d ' ' -f "$1" | sort -n | tail -n 1; }

# The member nearest to its quota decides.
measure_space() {
  size=$(largest 4)
  used=$(largest 5)
  quota=$(printf '%s\n' "$identities" | cut -d ' ' -f 6 | sort -n | head -n 1)
  [ "$quota" -gt 0 ] || quota=$(configured_quota)
}

clear_alarms() {
  case $alarms in
    '') return 0 ;;
    *CORRUPT*) die "etcd: alarm CORRUPT ($alarms): a member's data differs from the others'" "$GO_BACK" ;;
  esac
  measure_space
  # Disarmed while there is no space, etcd raises it again with the next write.
  [ "$size" -lt $((quota * 9 / 10)) ] ||
    die "etcd: alarm NOSPACE came with the snapshot, and the store is read-only: $size of $quota bytes are taken ($used in use)" \
      "Free space: kubectl --namespace $NAMESPACE exec MEMBER -c $ETCD_CONTAINER -- etcdctl --cacert=$ETCD_CA --cert=$ETCD_CERTIFICATE --key=$ETCD_KEY defrag   (each member); or raise --quota-backend-bytes. Then 'pulumi up' disarms it and goes on. $GO_BACK"
  etcdctl_all alarm disarm > /dev/null || die "etcd: could not disarm the alarm NOSPACE" "Run 'pulumi up' again. $GO_BACK"
  warn "alarm NOSPACE came with the snapshot; $size of $quota bytes are taken, so it was disarmed"
}

# --- a write, read back, deleted; its revision is the one at which members are compared ---

write_canary() {
  etcdctl_all put "$canary" "$RESTORE_ID" > /dev/null || return 1
  gone=$(etcdctl_all del "$canary" --prev-kv -w fields) || return 1
  [ "$(printf '%s\n' "$gone" | field PrevValue)" = "$RESTORE_ID" ] || return 1
  printf '%s\n' "$gone" | field Revision
}

check_writable() {
  # Once more: the first one met the alarm that has been disarmed since.
  [ -n "$hash_revision" ] || hash_revision=$(write_canary) ||
    die "etcd: a value cannot be written, read back and deleted: $(ask_error "${MEMBERS%% *}" put "$canary" "$RESTORE_ID")" "Look: kubectl --namespace $NAMESPACE logs -c $ETCD_CONTAINER ${MEMBERS%% *}; then 'pulumi up' goes on. $GO_BACK"
}

check_no_alarm() {
  again=$(etcdctl_all alarm list) || die "etcd: could not ask for alarms" "Run 'pulumi up' again. $GO_BACK"
  [ -z "$again" ] || die "etcd: a write raised the alarm $again" "Give etcd space (quota, defragmentation), then 'pulumi up' goes on. $GO_BACK"
}

# --- equal at one revision ---

all_hashed() {
  hashes=$(each_member hash_of)
  [ -z "$(absent_from "$hashes")" ]
}

same_hashes() { [ "$(printf '%s\n' "$hashes" | cut -d ' ' -f 2 | sort -u | wc -l)" -eq 1 ]; }

equal_hashes() { all_hashed && same_hashes; }

# Whether members that never come to the canary's revision, which is that of the member that wrote it, have another
# history rather than less of it: at the last revision that all have, their contents differ.
have_parted() {
  status=$(members_status)
  [ -z "$(absent_from "$status")" ] || return 1
  hash_revision=$(printf '%s\n' "$status" | cut -d ' ' -f 2 | sort -n | head -n 1)
  all_hashed && ! same_hashes
}

check_equal() {
  if ! poll "${HASH_SECONDS:-30}" all_hashed; then
    unhashed="etcd: no hash at revision $hash_revision from: $(absent_from "$hashes")"
    have_parted || die "$unhashed" "A member that lags or cannot be asked. 'pulumi up' asks again. $GO_BACK"
  fi
  # A compaction may be at work on one of them: a moment's patience, then what differs differs.
  same_hashes || poll 5 equal_hashes ||
    die "etcd: the members' contents differ at revision $hash_revision: $(printf '%s\n' "$hashes" | sort | awk '{ printf "%s has hash %s; ", $1, $2 }')" \
      "Do not start the API servers. $GO_BACK Keep the members' logs, and restore again with a new restore.id."
}

# --- ahead of every client's memory ---

# Whether a member refuses to look as far back as this revision: a watch from there is ended, and its client lists again.
is_compacted() { # REVISION
  for any_member in $MEMBERS; do
    case $(ask_error "$any_member" get "$canary" --rev="$1") in
      *compacted*) return 0 ;;
    esac
  done
  return 1
}

check_ahead() {
  live=$(ledger live-revision)
  bump=$(ledger bump)
  floor=$(($(ledger revision) + ${bump:-0}))
  if [ "${live:-0}" -gt "$floor" ]; then floor=$live; fi
  [ "$hash_revision" -gt "$floor" ] ||
    die "etcd: revision $hash_revision is not above $floor (last live revision ${live:-unknown}, snapshot $(ledger revision), bump ${bump:-none}): clients would miss changes" "$GO_BACK"
  if [ "${live:-0}" -gt 0 ]; then remembered=$live; else remembered=$(ledger revision); fi
  is_compacted "$remembered" ||
    die "etcd: a watch from revision $remembered, before the restore, would not be told to list again: clients would stay blind" "$GO_BACK"
}

report_strangers() {
  strangers=$(each_member strangers_of)
  if [ -z "$strangers" ]; then return 0; fi
  printf '%s\n' "$strangers" | while read -r member who; do
    warn "an etcd of another cluster still runs and talks to $member, which refuses it (${who%;}): find it and stop it"
  done
}

ledger_require started committed finished
answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
check_not_serving &
together=$!
each_member identity_of > "$answers/identities" &
together="$together $!"
{ etcdctl_all alarm list > "$answers/alarms" || die "etcd: could not ask for alarms" "Run 'pulumi up' again. $GO_BACK"; } &
together="$together $!"
report_strangers > "$answers/strangers" &
together="$together $!"
{ write_canary > "$answers/canary" || : > "$answers/canary"; } &
together="$together $!"
wait_together || exit 1
identities=$(cat "$answers/identities")
alarms=$(cat "$answers/alarms")
hash_revision=$(cat "$answers/canary")

check_identities
clear_alarms
check_writable
check_ahead &
together=$!
check_no_alarm &
together="$together $!"
check_equal
wait_together || exit 1
measure_space
if [ "$size" -ge $((quota * 9 / 10)) ]; then warn "etcd: $size of $quota bytes are taken: compact and defragment soon"; fi
cat "$answers/strangers"
printf 'revision %s\n' "$hash_revision"
printf '%s\n' "$hashes" | sort | while read -r member hash; do printf 'member %s %s %s\n' "$member" "$hash" "$hash_revision"; done
say "etcd: $expected members equal at revision $hash_revision, writable"
