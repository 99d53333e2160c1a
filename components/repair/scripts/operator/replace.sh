# Takes the bad member out of etcd's list and adds it again, under a new id: its old one knows a history that it has
# lost, and etcd never takes a removed id back. As a voter, not as a learner: a member that joins serves no client
# before it has caught up, but a learner that has caught up refuses them until it is promoted; the quorum is the same.
# Result: "new-member ID".
ledger_load
old=$(ledger old-member)
peer=$(ledger peer-url)

# Sets $new: the member at that address that is not the old one. Fails when etcd could not be asked.
find_new() {
  list=$(member_list) || return 1
  new=$(printf '%s\n' "$list" | awk -v peer="$peer" -v old="$old" '$4 == peer && $1 != old { print $1; exit }')
}

# One call, through one member: it is not known to have failed when it fails, so the list is read again.
change() { answer=$(etcdctl_in "${others##* }" "$other_endpoints" "$@" 2>&1); }

old_gone() {
  list=$(member_list) || return 1
  printf '%s\n' "$list" | grep -q "^$old " || return 0
  change member remove "$old"
}

# etcd says "unhealthy cluster" until the others have been connected for five seconds.
new_there() {
  find_new || return 1
  [ -z "$new" ] || return 0
  change member add "$MEMBER" --peer-urls="$peer" || return 1
  find_new && [ -n "$new" ]
}

last_words() { printf '%s\n' "${answer:-}" | grep -v '^{' | tail -n 1; }

if ! ledger_beyond quiesced; then
  ledger_require quiesced
  require_others
  if [ -n "$old" ]; then
    POLL_INTERVAL=1 poll 60 old_gone || die "etcd: $MEMBER (id $old) could not be removed: $(last_words)" "'pulumi up' tries again."
  fi
  POLL_INTERVAL=1 poll 90 new_there || die "etcd: $MEMBER could not be added: $(last_words)" "'pulumi up' tries again."
  ledger_keep new-member "$new"
  say "etcd: $MEMBER was ${old:-no member}, is now $new, and has yet to join"
else
  new=$(ledger new-member)
fi
printf 'new-member %s\n' "$new"
