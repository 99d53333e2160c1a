# Asking the utility Pods, and stopping the servers: what several steps of a restore share.

# Reads which Pod serves which member. By label, so that a Pod that a refresh made anew is found as well.
utility_load() {
  utility_pods=$(kc get pods -l "etcd-recovery/restore=$RESTORE_ID" --field-selector=status.phase=Running \
    -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{index .metadata.labels "etcd-recovery/member"}} {{.metadata.name}}{{"\n"}}{{end}}{{end}}') ||
    die "could not ask for the utility Pods of restore $RESTORE_ID"
}

utility_events() {
  kc get events --field-selector="involvedObject.kind=Pod" --sort-by=.lastTimestamp \
    -o custom-columns=POD:.involvedObject.name,REASON:.reason,MESSAGE:.message --no-headers 2> /dev/null | grep "$1-utility" | tail -n 3 || true
}

# in_utility MEMBER SCRIPT ARGUMENTS...: runs one of the Pod's scripts; standard input is passed on.
in_utility() {
  in_member=$1
  in_script=$2
  shift 2
  in_pod=$(fact "$in_member" "$utility_pods")
  [ -n "$in_pod" ] || die "no utility Pod of $in_member is running: $(utility_events "$in_member")" "Bring it back: pulumi up --refresh"
  CALL_SECONDS=${UTILITY_SECONDS:-900} kc exec -i "$in_pod" -c etcd-utility -- /bin/sh "/etcd-recovery/$in_script" "$RESTORE_ID" "$@"
}

# in_every_utility SCRIPT: on all members at once, for scripts that need no input and whose output does not matter.
in_every_utility() {
  together=
  for member in $MEMBERS; do
    in_utility "$member" "$1" < /dev/null > /dev/null &
    together="$together $!"
  done
  wait_together
}

# --- the servers of the user cluster: API servers and etcd ---

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

# An API server with an open watch uses its whole grace period. A short grace counts only when it comes before
# the controller's own delete; what the API server still writes goes to the etcd that is being put aside.
stop_now() { # STATEFULSET SELECTOR GRACE-SECONDS
  kc delete pods -l "$2" --grace-period="$3" --wait=false > /dev/null
  scale "statefulset/$1" 0
}

stop_servers() {
  stop_now "$APISERVER_STATEFULSET" "$(ledger apiserver-selector)" 1 &
  together=$!
  stop_now "$ETCD_STATEFULSET" "$(ledger etcd-selector)" 3 &
  together="$together $!"
  wait_together || die "could not stop the API servers and etcd"
  poll 180 servers_gone || die "API servers or etcd are not gone after 180 s: $(kc get pods -o wide 2>&1 | grep -e "^$APISERVER_STATEFULSET-" -e "^$ETCD_STATEFULSET-")" \
    "A Pod stays while its node does not answer. Mend the node, then run the same command again; never delete it by force."
}
