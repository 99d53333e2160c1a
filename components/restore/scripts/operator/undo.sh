# Puts everything back as the ledger says, whatever subset was done. Does nothing unless the ledger is this
# restore's own and still open. On doubt it changes nothing: could-not-ask is never taken for not-done.

# First every question, then the first change.
ask_volumes() {
  utility_load
  in_every_utility state.sh || die "not every utility Pod could be asked: the data stays as it is"
}

undo_swaps() {
  stop_servers undoing
  in_every_utility unswap.sh || die "the previous data is not back on every member" "Run 'pulumi destroy' again; by hand: rename member.pre-$RESTORE_ID to member on each volume."
  # A start that a killed run had sent may have arrived meanwhile: that etcd has the directory that was moved away.
  servers_gone || stop_servers undoing
  say "previous data back on every member"
}

# Also those that a killed run has not got to: its call may still come, and holds no longer once they have changed.
stop_controllers() { each_controller stop_controller || die "could not stop the controllers" "Mend the cause (see above), then run the same command again."; }
stop_controller() { scale_to_none "$1" undoing; }

start_servers() {
  scale "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)"
  if [ "$(ledger quorum)" = true ]; then
    wait_ready "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)" 180
    scale "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)"
    wait_ready "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)" 180
    wait_for_user_api
    put_controllers_back
  else
    # There was no quorum before, so nothing can become ready: the numbers are what can be put back.
    scale "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)"
    each_controller scale
  fi
  put_pdb_back
}

ledger_load
if [ "$(ledger id)" != "$RESTORE_ID" ]; then
  say "the ledger is not of restore $RESTORE_ID: nothing to undo"
  exit 0
fi
case $(ledger phase) in
  undone | finished) say "restore $RESTORE_ID is $(ledger phase): nothing to undo" ;;
  committed)
    # Nothing goes back after the commit; what was still to be put back is put back.
    put_controllers_back
    put_pdb_back
    ledger_advance finished committed
    ;;
  open | quiesced | swapped | started | undoing)
    # From here no step of a killed run can move the ledger on, so none begins to swap.
    ledger_advance undoing open quiesced swapped started
    ledger_load
    if [ -n "$(ledger swapped)" ]; then ask_volumes; fi
    if [ -n "$(ledger quiesced)" ]; then stop_controllers; fi
    if [ -n "$(ledger swapped)" ]; then
      undo_swaps
    elif [ -n "$(ledger stopping)" ]; then
      stop_servers undoing
    fi
    if [ -n "$(ledger quiesced)" ]; then start_servers; fi
    ledger_advance undone undoing
    remove_revived
    ;;
  *) die "the ledger $NAMESPACE/$LEDGER has an unknown phase: $(ledger phase)" ;;
esac
