# Stops what must not watch the swap: controllers and schedulers (their caches destroy restored objects), the
# maintenance of etcd, and the PodDisruptionBudget. The API still answers meanwhile.
ledger_load
if ledger_beyond quiesced; then
  say "stopped before, by an earlier run"
  exit 0
fi
ledger_advance quiesced open

stop_controller() {
  scale_to_none "$1" quiesced || return 1
  wait_gone "$1" 60
}

each_controller stop_controller || die "could not stop the controllers" "Mend the cause (see above), then 'pulumi up' goes on."
CALL_SECONDS=10 kc delete poddisruptionbudget "$APISERVER_PDB" --ignore-not-found > /dev/null
say "stopped: $(ledger controllers)"
