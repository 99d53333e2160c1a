# Starts the API servers and waits until the user cluster's own address answers: here the outage ends.
# Readiness of the Pods is not enough: before /readyz, valid users get 403 for a moment.
ledger_require started committed finished
replicas=$(ledger apiserver)
selector=$(ledger apiserver-selector)
GO_ON="Mend the cause, then 'pulumi up' goes on; 'pulumi destroy' goes back to the previous data."
[ "$(ledger phase)" = started ] || GO_ON="Mend the cause, then 'pulumi up' goes on. The restore is committed: nothing goes back by itself."
# From here a replica of theirs is ours, not somebody else's.
if [ -n "$(ledger serving)" ]; then renew_crashed "$selector"; else ledger_note serving "$(ledger phase)"; fi
scale "statefulset/$APISERVER_STATEFULSET" "$replicas"

all_ready() {
  [ "$replicas" != 0 ] || return 0
  CALL_SECONDS=15 kc wait --for=jsonpath='{.status.readyReplicas}'="$replicas" "statefulset/$APISERVER_STATEFULSET" --timeout=10s > /dev/null 2>&1
}

await "${START_SECONDS:-180}" "$selector" all_ready || {
  troubles "statefulset/$APISERVER_STATEFULSET" "$selector" >&2
  die "API servers: $(kc get statefulset "$APISERVER_STATEFULSET" -o jsonpath='{.status.readyReplicas}' | grep . || printf 0) of $replicas are ready (why: above)" "$GO_ON"
}
wait_for_user_api
say "API servers: $replicas ready"
