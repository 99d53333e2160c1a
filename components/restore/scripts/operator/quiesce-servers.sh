# Stops the API servers and etcd: here the outage begins.
ledger_require quiesced swapped
if [ "$(ledger phase)" = quiesced ]; then
  servers_gone || stop_servers
  say "API servers and etcd are stopped"
  # Before the first swap: from here undo asks every volume.
  ledger_advance swapped quiesced
fi
