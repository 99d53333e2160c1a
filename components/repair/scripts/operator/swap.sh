# Gives the member its new data and starts it on that.
ledger_load
if ledger_beyond swapped; then
  say "$MEMBER: swapped before, by an earlier run"
  exit 0
fi
ledger_advance swapped quiesced
utility_load
if [ "$(fact phase "$(in_utility "$MEMBER" state.sh < /dev/null)")" != swapped ]; then
  in_utility "$MEMBER" adopt.sh < /dev/null > /dev/null
  # A Pod made anew starts at once; the kubelet would let the one that failed wait.
  end_pod
fi
say "$MEMBER: swapped"
