# Stops the API servers and etcd: here the outage begins.
ledger_load
if ledger_beyond quiesced; then
  say "stopped before, by an earlier run"
  exit 0
fi
ledger_require quiesced
servers_gone || stop_servers
say "API servers and etcd are stopped"
# Before the first swap: from here undo asks every volume.
ledger_advance swapped quiesced
