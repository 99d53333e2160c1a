# The servers of the user cluster, which are API servers and etcd: whether they are gone, and stopping them.

# "NAME SPEC-REPLICAS GENERATION OBSERVED-GENERATION REPLICAS" of each StatefulSet, "Pod-of-STATEFULSET NAME" of
# each of their Pods.
# One question for all of it: the outage waits for the answer.
servers_state() {
  kc get statefulsets,pods -o go-template='{{range .items}}{{if eq .kind "StatefulSet"}}{{.metadata.name}} {{.spec.replicas}} {{.metadata.generation}} {{.status.observedGeneration}} {{.status.replicas}}{{"\n"}}{{else}}{{range .metadata.ownerReferences}}{{if eq .kind "StatefulSet"}}Pod-of-{{.name}} {{end}}{{end}}{{.metadata.name}}{{"\n"}}{{end}}{{end}}'
}

# Gone: the controller has seen the 0 and no Pod object is left. An object that has disappeared without force means
# that the kubelet has confirmed the containers dead.
servers_gone() {
  state=$(servers_state) || return 1
  for workload in "$APISERVER_STATEFULSET" "$ETCD_STATEFULSET"; do
    facts=$(fact "$workload" "$state")
    # shellcheck disable=SC2086 # four words
    set -- $facts
    [ "${1:-}" = 0 ] && [ "$2" = "$3" ] && [ "$4" = 0 ] || return 1
    if printf '%s\n' "$state" | grep -q "^Pod-of-$workload "; then return 1; fi
  done
}

# scale_to_none KIND/NAME PHASE: only while the ledger is this restore's and in PHASE. A part of a killed run may come
# here late, when an undo or the same step run again has gone on: so the ledger is read after the workload, and the
# change is taken only for the workload as it was read.
scale_to_none() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    none_seen=$(kc get "$1" "configmap/$LEDGER" -o go-template='{{range .items}}{{if eq .kind "ConfigMap"}} {{.data.id}} {{.data.phase}}{{else}}{{.metadata.resourceVersion}}{{end}}{{end}}') || return 1
    [ "${none_seen#* }" = "$RESTORE_ID $2" ] || die "$1 is not scaled to 0: the ledger is no longer that of restore $RESTORE_ID in phase $2 (${none_seen#* })"
    none_said=$(CALL_SECONDS=10 kc patch "$1" --subresource=scale --type=merge \
      -p "{\"metadata\":{\"resourceVersion\":\"${none_seen%% *}\"},\"spec\":{\"replicas\":0}}" 2>&1) && return 0
    case $none_said in *"has been modified"*) ;; *) break ;; esac
  done
  say "$1 could not be scaled to 0: $none_said"
  return 1
}

# An API server with an open watch uses its whole grace period. A short grace counts only when it comes before
# the controller's own delete; what the API server still writes goes to the etcd that is being put aside.
stop_now() { # STATEFULSET SELECTOR GRACE-SECONDS PHASE
  kc delete pods -l "$2" --grace-period="$3" --wait=false > /dev/null || return 1
  scale_to_none "statefulset/$1" "$4"
}

stop_servers() { # PHASE of the ledger meanwhile
  stop_now "$APISERVER_STATEFULSET" "$(ledger apiserver-selector)" 1 "$1" &
  together=$!
  stop_now "$ETCD_STATEFULSET" "$(ledger etcd-selector)" 3 "$1" &
  together="$together $!"
  wait_together || die "could not stop the API servers and etcd" "Mend the cause (see above), then run the same command again."
  poll "${GONE_SECONDS:-180}" servers_gone || die "API servers or etcd are not gone after ${GONE_SECONDS:-180} s: $(kc get pods -o wide 2>&1 | grep -e "^$APISERVER_STATEFULSET-" -e "^$ETCD_STATEFULSET-")" \
    "A Pod stays while its node does not answer. Mend the node, then run the same command again; never delete it by force."
}

# --- what was stopped stays stopped ---

# ", set by WHO at TIME": who wrote the replicas of a StatefulSet, where its field owners say it. An autoscaler or an
# apply is there; kubectl scale is not.
who_scaled() {
  # shellcheck disable=SC2016 # a template's own variables
  kc get statefulset "$1" -o go-template='{{range .metadata.managedFields}}{{$by := .}}{{with .fieldsV1}}{{with index . "f:spec"}}{{range $field, $_ := .}}{{if eq $field "f:replicas"}}{{printf ", set by %v at %v" $by.manager $by.time}}{{end}}{{end}}{{end}}{{end}}{{end}}' 2> /dev/null
}

require_servers_gone() {
  if servers_gone; then return 0; fi
  [ -n "$state" ] || die "namespace $NAMESPACE: could not ask whether the API servers and etcd are still stopped" "Run 'pulumi up' again."
  for workload in "$APISERVER_STATEFULSET" "$ETCD_STATEFULSET"; do
    facts=$(fact "$workload" "$state")
    if [ "${facts%% *}" != 0 ] || printf '%s\n' "$state" | grep -q "^Pod-of-$workload "; then
      say "StatefulSet $workload: ${facts%% *} replicas$(who_scaled "$workload"); its last events: $(events_of "$workload" | tr '\n' ';')"
    fi
  done
  die "the servers were stopped, and something started them again: this step changes nothing" \
    "Stop whatever did it, then: kubectl --namespace $NAMESPACE scale statefulset $APISERVER_STATEFULSET $ETCD_STATEFULSET --replicas=0; 'pulumi up' goes on, 'pulumi destroy' goes back."
}
