# All members have started, are equal at one revision while clients write, and the member that was bad takes writes.
# Result: "revision N", "member NAME HASH REVISION" for each.
canary=/etcd-recovery/$RESTORE_ID
own_endpoint=https://127.0.0.1:$ETCD_CLIENT_PORT

# shellcheck disable=SC2086 # the members' names are words
set -- $MEMBERS
expected=$#

# All in the list, none but those, none that only learns.
check_members() {
  list=$(member_list) || die "etcd does not say which members it has"
  new=$(ledger new-member)
  printf '%s\n' "$list" | grep -q "^$new started $MEMBER " || die "etcd: member $new has not started as $MEMBER" "$TO_GO_ON"
  voters=$(printf '%s\n' "$list" | grep -c ' started .* false$')
  [ "$voters $(printf '%s\n' "$list" | grep -c .)" = "$expected $expected" ] ||
    die "etcd: not exactly $expected started voters: $(printf '%s\n' "$list" | tr '\n' ';')" "Look: etcdctl member list; then 'pulumi up' goes on."
}

check_alarms() {
  alarms=$(etcdctl_others alarm list) || die "etcd: could not ask for alarms"
  [ -z "$alarms" ] || die "etcd: alarm $alarms" "When its cause is mended: etcdctl alarm disarm; then 'pulumi up' goes on."
}

# Through the member itself.
write_canary() {
  etcdctl_in "$MEMBER" "$own_endpoint" put "$canary" "$RESTORE_ID" > /dev/null || die "$MEMBER: a write fails"
  [ "$(etcdctl_in "$MEMBER" "$own_endpoint" get "$canary" --print-value-only)" = "$RESTORE_ID" ] || die "$MEMBER: a written value cannot be read back"
  etcdctl_in "$MEMBER" "$own_endpoint" del "$canary" > /dev/null || die "$MEMBER: a delete fails"
}

# hash_of MEMBER REVISION: each is asked alone, since they answer at different moments while clients write.
hash_of() { etcdctl_in "$1" "$own_endpoint" endpoint hashkv --rev="$2" -w fields 2> /dev/null | awk -F ' : ' '/^"Hash"/ { print $2 }'; }

# At the member's revision of now, which the others have as well or will have in a moment. A compaction between two
# answers changes the hash: then once more.
hashes_equal() {
  revision=$(fact "$MEMBER" "$(members_status)" | cut -d ' ' -f 1)
  [ -n "$revision" ] || return 1
  found=
  for any_member in $MEMBERS; do
    hash=$(hash_of "$any_member" "$revision")
    [ -n "$hash" ] || return 1
    found="$found$any_member $hash
"
  done
  [ "$(printf '%s' "$found" | cut -d ' ' -f 2 | sort -u | wc -l)" -eq 1 ]
}

ledger_require started committed finished
check_members
check_alarms
write_canary
poll 60 hashes_equal || die "etcd: the members' contents differ at revision $revision: $(printf '%s' "$found" | tr '\n' ';')" \
  "Go back with 'pulumi destroy'; keep the members' logs."
printf 'revision %s\n' "$revision"
printf '%s' "$found" | while read -r name hash; do printf 'member %s %s %s\n' "$name" "$hash" "$revision"; done
wait_for_user_api
say "etcd: $expected members equal at revision $revision, $MEMBER takes writes"
