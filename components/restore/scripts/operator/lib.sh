# What every step beside kubectl shares. The environment says which cluster, which members, which restore
# (components/restore/environment.ts); standard output is the step's result, standard error its account.
set -eu

say() { printf '%s\n' "$*" >&2; }

# die WHAT-IS-WRONG [COMMAND-THAT-MENDS-IT]
die() {
  say "$1"
  if [ $# -gt 1 ]; then say "  $2"; fi
  exit 1
}

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# kubectl on the admin cluster, in the user cluster's namespace. Every call is bounded, also when the network
# sleeps; commands that wait bring a longer bound in CALL_SECONDS.
kc() {
  timeout -k 5 "${CALL_SECONDS:-60}" kubectl ${ADMIN_CONTEXT:+--context "$ADMIN_CONTEXT"} --namespace "$NAMESPACE" "$@"
}

# poll SECONDS COMMAND...: until it succeeds. A COMMAND must not rely on set -e, which is off in a condition.
poll() {
  poll_end=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt "$poll_end" ] || return 1
    sleep "${POLL_INTERVAL:-0.2}"
  done
}

# --- workloads: KIND/NAME as kubectl takes it ---

replicas_of() { kc get "$1" -o jsonpath='{.spec.replicas}'; }

# The labels of a workload's Pods as its own selector says; the documentation names no label.
selector_of() { kc get "$1" --subresource=scale -o jsonpath='{.status.selector}'; }

scale() { kc scale "$1" --replicas="$2" > /dev/null; }

# Gone: the controller has seen the 0 and no Pod object is left. An object that has disappeared (and was not
# forced) means that the kubelet has confirmed the containers dead.
is_gone() {
  facts=$(kc get "$1" -o jsonpath='{.spec.replicas} {.metadata.generation} {.status.observedGeneration} {.status.replicas}') || return 1
  # shellcheck disable=SC2086 # four words
  set -- "$1" $facts
  [ "$2" = 0 ] && [ "$3" = "$4" ] && [ "${5:-0}" = 0 ] || return 1
  selector=$(selector_of "$1") || return 1
  pods=$(kc get pods -l "$selector" -o name) || return 1
  [ -z "$pods" ]
}

# wait_gone KIND/NAME SECONDS
wait_gone() {
  selector=$(selector_of "$1")
  CALL_SECONDS=$2 kc wait --for=delete pods -l "$selector" --timeout="$2s" > /dev/null 2>&1 || true
  poll 20 is_gone "$1" || die "$1 is not gone after $2 s: $(kc get pods -l "$selector" -o wide 2>&1)" \
    "A Pod stays while its node does not answer. Mend the node, then run 'pulumi up' again; never delete it by force."
}

# wait_ready KIND/NAME REPLICAS SECONDS
wait_ready() {
  if [ "$2" = 0 ]; then return 0; fi
  CALL_SECONDS=$3 kc wait --for=jsonpath='{.status.readyReplicas}'="$2" "$1" --timeout="$3s" > /dev/null 2>&1 ||
    die "$1 has $(kc get "$1" -o jsonpath='{.status.readyReplicas}') of $2 replicas ready after $3 s" \
      "Look: kubectl --namespace $NAMESPACE describe $1; then 'pulumi up' goes on, 'pulumi destroy' goes back."
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

# --- etcd, through the members' own Pods: argv only, the image may have no shell ---

# etcdctl_in MEMBER ENDPOINTS ARGUMENTS...
etcdctl_in() {
  in_member=$1
  in_endpoints=$2
  shift 2
  CALL_SECONDS=20 kc exec "$in_member" -c "$ETCD_CONTAINER" -- etcdctl --endpoints="$in_endpoints" --cacert="$ETCD_CA" \
    --cert="$ETCD_CERTIFICATE" --key="$ETCD_KEY" --command-timeout=5s "$@"
}

# etcdctl over all endpoints, through the first member that can be asked.
etcdctl_all() {
  for any_member in $MEMBERS; do
    if etcdctl_in "$any_member" "$ETCD_ENDPOINTS" "$@" 2> /dev/null; then return 0; fi
  done
  return 1
}

# How many members answer a linearizable read. Fails when no member could be asked.
# etcdctl exits 1 as soon as one endpoint is sick and still prints the others: its status says nothing here.
healthy_members() {
  for any_member in $MEMBERS; do
    answer=$(etcdctl_in "$any_member" "$ETCD_ENDPOINTS" endpoint health 2>&1 || true)
    case $answer in
      *" is healthy"* | *" is unhealthy"*)
        printf '%s\n' "$answer" | grep -c ' is healthy' || true
        return 0
        ;;
    esac
  done
  return 1
}

# --- utility Pods ---

# The running utility Pod of a member, found by label: a Pod that a refresh made anew is found as well.
utility_pod() {
  kc get pods -l "etcd-recovery/restore=$RESTORE_ID,etcd-recovery/member=$1" --field-selector=status.phase=Running \
    -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{"\n"}}{{end}}{{end}}' | head -n 1
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

# fact NAME TEXT: the rest of the line that begins with NAME
fact() { printf '%s\n' "$2" | sed -n "s/^$1 //p" | head -n 1; }
