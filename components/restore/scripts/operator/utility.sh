# Asking the utility Pods: what several steps of a restore share.

# Reads which Pod serves which member, "MEMBER POD" a line; "- POD" for one that is ending and may still work.
# By label, so that a Pod that a refresh or an earlier step made anew is found as well.
utility_load() {
  utility_pods=$(kc get pods -l "etcd-recovery/restore=$RESTORE_ID" --field-selector=status.phase=Running \
    -o go-template='{{range .items}}{{if .metadata.deletionTimestamp}}-{{else}}{{index .metadata.labels "etcd-recovery/member"}}{{end}} {{.metadata.name}}{{"\n"}}{{end}}') ||
    die "could not ask for the utility Pods of restore $RESTORE_ID"
}

utility_events() {
  kc get events --field-selector="involvedObject.kind=Pod" --sort-by=.lastTimestamp \
    -o custom-columns=POD:.involvedObject.name,REASON:.reason,MESSAGE:.message --no-headers 2> /dev/null | grep "$1-utility" | tail -n 3 || true
}

# in_utility MEMBER SCRIPT ARGUMENTS...: runs one of the Pod's scripts; standard input is passed on.
# The script learns which Pods live: a lock on the volume whose holder is none of them is nobody's.
in_utility() {
  in_member=$1
  in_script=$2
  shift 2
  in_pod=$(fact "$in_member" "$utility_pods")
  if [ -z "$in_pod" ]; then
    revive_utility "$in_member"
    in_pod=$(fact "$in_member" "$utility_pods")
  fi
  in_living=$(printf '%s\n' "$utility_pods" | cut -d ' ' -f 2 | tr '\n' ' ')
  # shellcheck disable=SC2016 # the Pod's shell expands it
  CALL_SECONDS=${UTILITY_SECONDS:-900} kc exec -i "$in_pod" -c etcd-utility -- \
    /bin/sh -c 'LIVING_PODS=$1; export LIVING_PODS; shift; exec /bin/sh "$@"' sh "$in_living" "/etcd-recovery/$in_script" "$RESTORE_ID" "$@"
}

# A utility Pod ends with its node (loss of power). From the guard on, a step makes it anew from what the ledger keeps;
# before, Pulumi does.
revive_utility() { # MEMBER
  utility_load
  if [ -n "$(fact "$1" "$utility_pods")" ]; then return 0; fi
  ledger_load
  revive_node=$(printf '%s' "$(ledger nodes)" | tr ' ' '\n' | sed -n "s/^$1=//p")
  if [ "$(ledger id)" != "$RESTORE_ID" ] || [ -z "$revive_node" ]; then
    no_utility "$1"
  fi
  revived=$(ledger_utility | kubectl patch --local -f - -o json -p "{
    \"metadata\":{\"name\":null,\"generateName\":\"$1-utility-\",\"labels\":{\"etcd-recovery/member\":\"$1\",\"etcd-recovery/revived\":\"true\"}},
    \"spec\":{\"nodeName\":null,\"nodeSelector\":{\"kubernetes.io/hostname\":\"$revive_node\"},
      \"volumes\":[{\"name\":\"data\",\"persistentVolumeClaim\":{\"claimName\":\"$DATA_CLAIM-$1\"}}]}}" |
    kc create --validate=false -f - -o name) || die "could not make a utility Pod for $1"
  say "$1: its utility Pod had ended; made ${revived#pod/}"
  CALL_SECONDS=130 kc wait --for=condition=Ready "$revived" --timeout=120s > /dev/null ||
    die "${revived#pod/} does not run: $(utility_events "$1")" "Look: kubectl --namespace $NAMESPACE describe $revived"
  utility_load
}

# Why a member has no utility Pod that runs, before the guard; ends the step.
no_utility() { # MEMBER
  anew="kubectl --namespace $NAMESPACE delete pods -l etcd-recovery/restore=$RESTORE_ID,etcd-recovery/member=$1 && pulumi up --refresh"
  states=$(kc get pods -l "etcd-recovery/restore=$RESTORE_ID,etcd-recovery/member=$1" \
    -o go-template='{{range .items}}{{range .status.containerStatuses}}{{with .state.waiting}}{{.reason}}: {{.message}}{{end}}{{with .state.terminated}}{{.reason}}: {{.message}}{{end}}{{"\n"}}{{end}}{{end}}') || states=
  state=$(printf '%s\n' "$states" | grep . | tail -n 1 | cut -c 1-300)
  case $state in
    *'/bin/sh'*'no such file'* | *'/bin/sh'*'not found'*)
      refuse "utilityImage: ${UTILITY_IMAGE:-its image} has no shell: its Pod of $1 cannot run /bin/sh" \
        "Name one with a shell (its etcdutl may be missing: pulumi config set --path restore.etcdutl PATH): pulumi config set utilityImage IMAGE && $anew" ;;
    *ImagePull* | *ErrImage* | *InvalidImageName*)
      refuse "utilityImage: ${UTILITY_IMAGE:-its image} does not come to the node of $1: $state" \
        "Name one that this node has or can pull: pulumi config set utilityImage IMAGE && $anew" ;;
    *) die "no utility Pod of $1 is running: $(utility_events "$1") $state" "Remove the dead one, let Pulumi make it anew: $anew" ;;
  esac
}

# Pods that a step made are not in Pulumi's state: what ends a restore removes them.
remove_revived() { kc delete pods -l "etcd-recovery/restore=$RESTORE_ID,etcd-recovery/revived=true" --ignore-not-found > /dev/null; }

# in_every_utility SCRIPT: on all members at once, for scripts that need no input and whose output does not matter.
in_every_utility() {
  together=
  for member in $MEMBERS; do
    in_utility "$member" "$1" < /dev/null > /dev/null &
    together="$together $!"
  done
  wait_together
}
