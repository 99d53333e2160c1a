# What every step beside kubectl shares. The environment says which cluster, which members, which restore
# (components/hosted/clusterEnvironment.ts); standard output is the step's result, standard error its account.
set -eu

say() { printf '%s\n' "$*" >&2; }

# Ends the step. stop_with CODE WHAT-IS-WRONG [COMMAND-THAT-MENDS-IT]
stop_with() {
  say "$2"
  if [ $# -gt 2 ]; then say "  $3"; fi
  exit "$1"
}

# Failed: an operator is needed.
die() { stop_with 1 "$@"; }

# A setting names what is not there.
misset() { stop_with 2 "$@"; }

# A check says no. Only where nothing existing has been changed.
refuse() { stop_with 3 "$@"; }

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# kubectl on the admin cluster, in the user cluster's namespace. Every call is bounded, also when the network
# sleeps; commands that wait bring a longer bound in CALL_SECONDS.
# Objects are created with --validate=false: kubectl's own validation lists the cluster's CRDs, which the documented
# Role does not allow; the API server checks them all the same.
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

# fact NAME TEXT: the rest of the line that begins with NAME
fact() { printf '%s\n' "$2" | sed -n "s/^$1 //p" | head -n 1; }

# Waits for the background jobs listed in $together; fails when one of them failed, after all have ended.
wait_together() {
  together_failed=
  for job in $together; do wait "$job" || together_failed=1; done
  [ -z "$together_failed" ]
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

# --- the user cluster, at its own address ---

# Ready Pods are not enough: the address answers only when the admin cluster's Service has noticed them, and before
# /readyz valid users get 403 for a moment.
user_api_answers() { timeout 10 kubectl --kubeconfig "$USER_KUBECONFIG" --request-timeout=5s get --raw /readyz > /dev/null 2>&1; }

# Waits until the user cluster's own address answers; without a kubeconfig for it, it cannot be asked.
wait_for_user_api() {
  if [ -z "${USER_KUBECONFIG:-}" ]; then
    say "no userKubeconfig: the user cluster's own address was not asked"
  else
    poll 60 user_api_answers || die "userKubeconfig: the user cluster's address does not answer /readyz" \
      "Look: kubectl --kubeconfig '$USER_KUBECONFIG' get --raw '/readyz?verbose'; then 'pulumi up' goes on, 'pulumi destroy' goes back."
  fi
}
