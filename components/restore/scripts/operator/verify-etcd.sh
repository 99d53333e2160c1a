# The restored members are one cluster, equal, writable, and ahead of every client's memory.
# Result: "revision N", "member NAME HASH REVISION" for each.
canary=/etcd-recovery/$RESTORE_ID

# shellcheck disable=SC2086 # the members' names are words
set -- $MEMBERS
expected=$#

check_members() {
  started=$(etcdctl_all member list | grep -c ', started, ' || true)
  [ "$started" = "$expected" ] || die "etcd: $started of $expected members have started" "Look: kubectl --namespace $NAMESPACE logs -c $ETCD_CONTAINER $1"
}

check_alarms() {
  alarms=$(etcdctl_all alarm list) || die "etcd: could not ask for alarms"
  [ -z "$alarms" ] || die "etcd: alarm $alarms came with the snapshot: the store is read-only" \
    "Give etcd space (quota, defragmentation), disarm with 'etcdctl alarm disarm', then 'pulumi up' goes on."
}

write_canary() {
  etcdctl_all put "$canary" "$RESTORE_ID" > /dev/null || die "etcd: a write fails"
  [ "$(etcdctl_all get "$canary" --print-value-only)" = "$RESTORE_ID" ] || die "etcd: a written value cannot be read back"
  etcdctl_all del "$canary" > /dev/null || die "etcd: a delete fails"
}

# "HASH REVISION ENDPOINT" a line
hashes() { etcdctl_all endpoint hashkv -w fields | awk -F ' : ' '/^"Hash"/ {h=$2} /^"HashRevision"/ {r=$2} /^"Endpoint"/ {e=$2} /^$/ && e {print h, r, e; e=""} END {if (e) print h, r, e}'; }

hashes_equal() {
  found=$(hashes) || return 1
  [ "$(printf '%s\n' "$found" | wc -l)" -eq "$expected" ] &&
    [ "$(printf '%s\n' "$found" | cut -d ' ' -f 1,2 | sort -u | wc -l)" -eq 1 ]
}

ledger_require started committed finished
check_members "$1" &
together=$!
check_alarms &
together="$together $!"
write_canary &
together="$together $!"
wait_together
poll 30 hashes_equal || die "etcd: the members' contents differ: $found" "Go back with 'pulumi destroy'; keep the members' logs."
revision=$(printf '%s\n' "$found" | head -n 1 | cut -d ' ' -f 2)
live=$(ledger live-revision)
[ "$revision" -gt "$live" ] || die "etcd: revision $revision is not above the last live one, $live: clients would miss changes" "Go back with 'pulumi destroy'."
printf 'revision %s\n' "$revision"
printf '%s\n' "$found" | while read -r hash hash_revision endpoint; do
  host=${endpoint#*//}
  printf 'member %s %s %s\n' "${host%%[.:]*}" "$hash" "$hash_revision"
done
say "etcd: $expected members equal at revision $revision, writable"
