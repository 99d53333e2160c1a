# Starts the API servers and waits until the user cluster's own address answers: here the outage ends.
# Readiness of the Pods is not enough: before /readyz, valid users get 403 for a moment.
ledger_require started committed finished
replicas=$(ledger apiserver)
scale "statefulset/$APISERVER_STATEFULSET" "$replicas"
wait_ready "statefulset/$APISERVER_STATEFULSET" "$replicas" 180
wait_for_user_api
say "API servers: $replicas ready"
