# Why something does not run: what a step quotes when it gives up, and the waits that end in such a quotation.

# Standard input: lines of a log. Standard output: the same without what may be a secret: PEM, tokens, long base64.
redact() {
  sed -e 's/-----BEGIN.*-----END[^-]*-----/[hidden]/g' -e '/-----BEGIN/,/-----END/d' \
    -e 's/[Bb]earer  *[^ "]*/Bearer [hidden]/g' -e 's/eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]*/[hidden]/g' \
    -e 's/\([Pp]assword\|[Pp]assphrase\|[Tt]oken\|[Ss]ecret\)\([=:]"\{0,1\}\)[^ ,"]\{1,\}/\1\2[hidden]/g' \
    -e 's/[A-Za-z0-9+\/]\{22,\}=\{1,2\}/[hidden]/g' -e 's/[A-Za-z0-9+_-]\{40,\}/[hidden]/g' \
    -e 's/^[A-Za-z0-9+\/]\{40,\}$/[hidden]/' | cut -c 1-400
}

events_of() { # NAME-OF-OBJECT
  kc get events --field-selector "involvedObject.name=$1" --sort-by=.lastTimestamp \
    -o custom-columns=REASON:.reason,MESSAGE:.message --no-headers 2> /dev/null | tail -n 3 | redact
}

# What its containers wait for or ended with, and why it has no node.
pod_state() { # POD
  kc get pod "$1" --ignore-not-found -o go-template='{{.status.phase}}{{if .metadata.deletionTimestamp}}, terminating{{end}}{{range .status.conditions}}{{if and (eq .type "PodScheduled") (eq .status "False")}}, {{.reason}}: {{.message}}{{end}}{{end}}{{range .status.containerStatuses}}{{with .state.waiting}}, {{.reason}}{{with .message}}: {{.}}{{end}}{{end}}{{with .state.terminated}}, exit code {{.exitCode}}{{end}}{{with .lastState.terminated}}, last exit code {{.exitCode}}{{end}}{{end}}' 2> /dev/null
}

pod_trouble() { # POD
  trouble_state=$(pod_state "$1")
  printf '%s: %s\n' "$1" "${trouble_state:-there is no such Pod}"
  events_of "$1" | sed 's/^/    event: /'
  # Of a container that waits to be started again, this is the log of the one that ended.
  kc logs "$1" --all-containers --tail=6 2> /dev/null | redact | sed 's/^/    log: /'
}

# The Pods of a workload that are not ready, and what ails each; what ails the workload when there is none.
troubles() { # KIND/NAME SELECTOR
  # shellcheck disable=SC2016 # a template's own variables
  unready=$(kc get pods -l "$2" -o go-template='{{range .items}}{{$pod := .metadata.name}}{{$ready := ""}}{{range .status.conditions}}{{if eq .type "Ready"}}{{$ready = .status}}{{end}}{{end}}{{if ne $ready "True"}}{{$pod}}{{"\n"}}{{end}}{{end}}' 2> /dev/null)
  for unready_pod in $unready; do pod_trouble "$unready_pod"; done
  [ -n "$unready" ] || events_of "${1#*/}" | sed 's/^/    event: /'
}

# Whether a container of these Pods has ended three times: waiting longer is pointless.
crashing() { # SELECTOR
  for restarts in $(kc get pods -l "$1" -o jsonpath='{.items[*].status.containerStatuses[*].restartCount}' 2> /dev/null); do
    if [ "$restarts" -ge 3 ]; then return 0; fi
  done
  return 1
}

# Pods that wait for minutes to be started again, after a cause that has been mended, are made anew.
renew_crashed() { # SELECTOR
  # shellcheck disable=SC2016 # a template's own variables
  crashed=$(kc get pods -l "$1" -o go-template='{{range .items}}{{$pod := .metadata.name}}{{range .status.containerStatuses}}{{with .state.waiting}}{{if eq .reason "CrashLoopBackOff"}}{{$pod}} {{end}}{{end}}{{end}}{{end}}') || return 0
  # shellcheck disable=SC2086 # names are words
  if [ -n "$crashed" ]; then kc delete pods $crashed --wait=false > /dev/null; fi
}

# await SECONDS SELECTOR COMMAND...: until it succeeds; gives up early when these Pods crash.
await() {
  await_end=$(($(date +%s) + $1))
  await_slice=$(($1 < 10 ? $1 : 10))
  await_selector=$2
  shift 2
  until poll "$await_slice" "$@"; do
    if [ "$(date +%s)" -ge "$await_end" ] || crashing "$await_selector"; then return 1; fi
  done
}

# --- the utility Pod of a member ---

# Words that say that a Pod cannot start as things are; the rest of what it says is progress.
NO_START='Unschedulable|ErrImage|ImagePullBackOff|InvalidImageName|CreateContainer[A-Za-z]*Error|RunContainerError|CrashLoopBackOff|FailedMount|FailedAttachVolume|Multi-Attach'

utility_runs() {
  utility_load
  [ -z "$(fact "$MEMBER" "$utility_pods")" ] || return 0
  pending=$(kc get pods -l "etcd-recovery/restore=$RESTORE_ID,etcd-recovery/member=$MEMBER" --field-selector=status.phase!=Succeeded \
    -o jsonpath='{.items[-1:].metadata.name}' 2> /dev/null)
  pending_state=$(pod_state "$pending")
  case $pending_state in '' | Failed*) return 0 ;; esac
  if printf '%s\n%s\n' "$pending_state" "$(events_of "$pending")" | grep -qE "$NO_START"; then
    since=${since:-$(date +%s)}
    [ $(($(date +%s) - since)) -lt "${UTILITY_TROUBLE_SECONDS:-60}" ] || return 0
  else
    since=
  fi
  return 1
}

# Waits until the utility Pod of MEMBER runs. Pulumi counts it as created as soon as it is there: waiting for it to be
# ready, the engine would say only that it was not.
await_utility() {
  since=
  POLL_INTERVAL=0.5 poll "${UTILITY_SECONDS_TO_START:-300}" utility_runs || true
  if [ -n "$(fact "$MEMBER" "$utility_pods")" ]; then return 0; fi
  say "the utility Pod of $MEMBER does not start. $(pod_trouble "${pending:-for member $MEMBER}")"
  no_utility "$MEMBER"
}
