# Stops the API servers and etcd: here the outage begins.
ledger_load
if ledger_beyond quiesced; then
  say "stopped before, by an earlier run"
  exit 0
fi
ledger_require quiesced
if ! servers_gone; then
  # From here undo stops them whole before it starts them: a server that is still ending looks ready.
  ledger_note stopping quiesced
  stop_servers quiesced
fi
say "API servers and etcd are stopped"
# Before the first swap: from here undo asks every volume.
ledger_advance swapped quiesced
