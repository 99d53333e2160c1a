# Puts everything back as the ledger says, whatever subset was done. Does nothing unless the ledger is this
# restore's own and still open. On doubt it changes nothing: could-not-ask is never taken for not-done.

undo_swaps() {
  # First every question, then the first change.
  for member in $MEMBERS; do
    in_utility "$member" state.sh < /dev/null > /dev/null || die "could not ask the utility Pod of $member: its data stays as it is"
  done
  stop_servers
  for member in $MEMBERS; do in_utility "$member" unswap.sh < /dev/null > /dev/null; done
  say "previous data back on every member"
}

start_servers() {
  scale "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)"
  if [ "$(ledger quorum)" = true ]; then
    wait_ready "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)" 180
    scale "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)"
    wait_ready "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)" 180
    put_controllers_back
  else
    # There was no quorum before, so nothing can become ready: the numbers are what can be put back.
    scale "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)"
    each_controller scale
  fi
  put_pdb_back
}

id=$(ledger id)
phase=$(ledger phase)
if [ "$id" != "$RESTORE_ID" ]; then
  say "the ledger is not of restore $RESTORE_ID: nothing to undo"
  exit 0
fi
case $phase in
  undone | finished) say "restore $RESTORE_ID is $phase: nothing to undo" ;;
  committed)
    # Nothing goes back after the commit; what was still to be put back is put back.
    put_controllers_back
    put_pdb_back
    ledger_advance finished committed
    ;;
  open | quiesced | swapped | started | undoing)
    # From here no step of a killed run can move the ledger on, so none begins to swap.
    ledger_advance undoing open quiesced swapped started
    if [ -n "$(ledger swapped)" ]; then undo_swaps; fi
    if [ -n "$(ledger quiesced)" ]; then start_servers; fi
    ledger_advance undone undoing
    ;;
  *) die "the ledger $NAMESPACE/$LEDGER has an unknown phase: $phase" ;;
esac
