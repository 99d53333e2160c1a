# Stops the API servers and etcd: here the outage begins.
if is_gone "statefulset/$APISERVER_STATEFULSET" && is_gone "statefulset/$ETCD_STATEFULSET"; then
  say "API servers and etcd are stopped already"
  exit 0
fi
case $(ledger id)/$(ledger phase) in
  "$RESTORE_ID"/quiesced) ;;
  *) die "the ledger $NAMESPACE/$LEDGER does not allow to stop the servers for restore $RESTORE_ID: it says $(ledger id), $(ledger phase)" ;;
esac
stop_servers
say "API servers and etcd are stopped"
