# Whether a restore is needed at all, and how far it must take the revision.

# A living quorum is restored over for a reason only.
check_need() {
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  healthy=$(quorate "$status")
  if [ -z "$status" ]; then
    ready=$(kc get statefulset "$ETCD_STATEFULSET" -o jsonpath='{.status.readyReplicas}')
    healthy=${ready:-0}
    say "no member could be asked; Kubernetes counts $healthy of $# ready"
  else
    say "members with a quorum: $healthy of $#"
  fi
  if [ "$healthy" -ge "$(majority)" ] && [ -z "${RESTORE_REASON:-}" ]; then
    refuse "restore.reason: $healthy of $# members are healthy: the quorum is alive, and a restore would throw its data away" \
      "One bad member is replaced, not restored. If the data itself is wrong: pulumi config set --path restore.reason 'why'"
  fi
}

# etcd counts revisions with 63 bits, as the shell does. Revisions of at most 18 digits leave room for every sum
# below; no real cluster comes near (a million writes a second for 30 years).
check_countable() { # REVISION WHOSE
  case $1 in
    '' | *[!0-9]*) refuse "$2: '$1' is no revision" "Look: kubectl --namespace $NAMESPACE get configmap $LEDGER -o yaml" ;;
  esac
  [ ${#1} -le 18 ] || refuse "$2: revision $1 leaves no room above it: etcd counts to 9223372036854775807" \
    "Choose an older snapshot, or copy the objects into a new cluster."
}

# The bump takes the restored revision above every revision that a client may remember. When no member can say where
# the cluster was, the ledger of an earlier restore says where that one took it.
print_bump() {
  # Under way already: members may have been swapped with that one.
  if [ "$(ledger id)" = "$RESTORE_ID" ] && [ -n "$(ledger bump)" ]; then
    printf 'bump %s\nlive-revision %s\n' "$(ledger bump)" "$(ledger live-revision)"
    return 0
  fi
  live=$(printf '%s\n' "$status" | cut -d ' ' -f 2 | sort -n | tail -n 1)
  live=${live:-0}
  bump=1000000000
  check_countable "$live" "etcd of $NAMESPACE"
  # A roll-back learns only later from which revision it starts: as if from 0.
  start=${SNAPSHOT_REVISION:-0}
  check_countable "$start" restore.snapshot
  ahead=$((live + live / 5 - start))
  taken=$(ledger bump)
  if [ "$live" = 0 ] && [ -n "$taken" ]; then
    check_countable "$taken" "bump in the ledger $NAMESPACE/$LEDGER"
    check_countable "$(ledger revision)" "revision in the ledger $NAMESPACE/$LEDGER"
    ahead=$(($(ledger revision) + taken + bump - start))
  fi
  if [ "$ahead" -gt "$bump" ]; then bump=$ahead; fi
  printf 'bump %s\nlive-revision %s\n' "$bump" "$live"
}
