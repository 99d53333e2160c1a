# Starts the API servers and waits until the user cluster's own address answers: here the outage ends.
# Readiness of the Pods is not enough: before /readyz, valid users get 403 for a moment.
ledger_require started committed finished
replicas=$(ledger apiserver)
scale "statefulset/$APISERVER_STATEFULSET" "$replicas"
wait_ready "statefulset/$APISERVER_STATEFULSET" "$replicas" 180
if [ -n "${USER_KUBECONFIG:-}" ]; then
  answers() { timeout 10 kubectl --kubeconfig "$USER_KUBECONFIG" --request-timeout=5s get --raw /readyz > /dev/null 2>&1; }
  poll 60 answers || die "userKubeconfig: the user cluster's address does not answer /readyz" \
    "Look: kubectl --kubeconfig '$USER_KUBECONFIG' get --raw '/readyz?verbose'; then 'pulumi up' goes on, 'pulumi destroy' goes back."
  say "API servers: $replicas ready, the user cluster's address answers"
else
  say "API servers: $replicas ready (no userKubeconfig: its own address was not asked)"
fi
