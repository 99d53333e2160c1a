# Puts back what can be put back, as the ledger says. Does nothing unless the ledger is this repair's own and still
# open. On doubt it changes nothing: could-not-ask is never taken for not-done. The others are never touched.

listed() { printf '%s\n' "$list" | grep -q "^$1 "; }

put_back() {
  if [ -n "$old" ] && ! listed "$old" && [ -n "$(ledger swapped)" ] && member_answers; then
    # Its previous data belongs to an id that etcd has removed: to put it back would only make the member bad again.
    say "$MEMBER has joined as $(ledger new-member) and stays; its previous data is kept as member.pre-$RESTORE_ID on its volume"
    return 0
  fi
  in_utility "$MEMBER" unhold.sh < /dev/null > /dev/null ||
    die "the previous data is not back on $MEMBER" "Run 'pulumi destroy' again; by hand: rename member.pre-$RESTORE_ID to member on its volume."
  end_pod
  say "$MEMBER: previous data back"
  if [ -n "$old" ] && ! listed "$old"; then
    say "etcd has removed $MEMBER's old id $old, and never takes a removed id back: $MEMBER stays out. The others keep the quorum."
    say "  $TO_GO_ON"
  fi
}

ledger_load
if [ "$(ledger id)" != "$RESTORE_ID" ]; then
  say "the ledger is not of repair $RESTORE_ID: nothing to undo"
  exit 0
fi
old=$(ledger old-member)
case $(ledger phase) in
  undone | finished) say "repair $RESTORE_ID is $(ledger phase): nothing to undo" ;;
  committed) ledger_advance finished committed ;;
  open | quiesced | swapped | started | undoing)
    if [ -n "$(ledger quiesced)" ]; then
      # First every question, then the first change.
      list=$(member_list) || die "etcd does not say which members it has: nothing is changed" \
        "Mend the others first (without a quorum: a restore), then run the same command again."
      utility_load
      in_utility "$MEMBER" state.sh < /dev/null > /dev/null || die "the utility Pod of $MEMBER could not be asked: its data stays as it is"
    fi
    # From here no step of a killed run can move the ledger on.
    ledger_advance undoing open quiesced swapped started
    if [ -n "$(ledger quiesced)" ]; then put_back; fi
    ledger_advance undone undoing
    remove_revived
    ;;
  *) die "the ledger $NAMESPACE/$LEDGER has an unknown phase: $(ledger phase)" ;;
esac
