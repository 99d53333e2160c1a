# Asking the utility Pods, and stopping the servers: what several steps of a restore share.

# The running utility Pod of a member, found by label: a Pod that a refresh made anew is found as well.
utility_pod() {
  utility_pods=$(kc get pods -l "etcd-recovery/restore=$RESTORE_ID,etcd-recovery/member=$1" --field-selector=status.phase=Running \
    -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{"\n"}}{{end}}{{end}}') || return 1
  printf '%s\n' "$utility_pods" | head -n 1
}

utility_events() {
  kc get events --field-selector="involvedObject.kind=Pod" --sort-by=.lastTimestamp \
    -o custom-columns=POD:.involvedObject.name,REASON:.reason,MESSAGE:.message --no-headers 2> /dev/null | grep "$1" | tail -n 3 || true
}

# in_utility MEMBER SCRIPT ARGUMENTS...: runs one of the Pod's scripts; standard input is passed on.
in_utility() {
  in_member=$1
  in_script=$2
  shift 2
  in_pod=$(utility_pod "$in_member") || die "could not ask for the utility Pod of $in_member"
  [ -n "$in_pod" ] || die "no utility Pod of $in_member is running: $(utility_events "utility-$in_member")" \
    "Bring it back: pulumi up --refresh"
  CALL_SECONDS=${UTILITY_SECONDS:-900} kc exec -i "$in_pod" -c etcd-utility -- /bin/sh "/etcd-recovery/$in_script" "$RESTORE_ID" "$@"
}

# An API server with an open watch uses its whole grace period. A short grace counts only when it comes before
# the controller's own delete; what the API server still writes goes to the etcd that is being put aside.
stop_now() { # STATEFULSET GRACE-SECONDS
  selector=$(selector_of "statefulset/$1")
  kc delete pods -l "$selector" --grace-period="$2" --wait=false > /dev/null
  scale "statefulset/$1" 0
}

stop_servers() {
  stop_now "$APISERVER_STATEFULSET" 1
  stop_now "$ETCD_STATEFULSET" 3
  wait_gone "statefulset/$APISERVER_STATEFULSET" 180
  wait_gone "statefulset/$ETCD_STATEFULSET" 180
}
