# Clears what only the restore needed, waits until the utility Pods have ended by themselves, and names what is left.
# In: OWN_OBJECTS, words KIND/NAME of what the stack's own state knows, which its destroy removes; without it (run from
# the ledger alone) whatever bears the restore's label counts as that.
# Result: "warning TEXT" for what other restores left.
own=etcd-recovery/restore=$RESTORE_ID

pods_in() { # PHASE [MEMBER]
  kc get pods -l "$own${2:+,etcd-recovery/member=$2}" --field-selector="status.phase=$1" -o name
}

# A Pod that has succeeded has seen the mark on its volume; one that has failed lost its node.
released() { [ -n "$(pods_in Succeeded "$1")" ]; }

# The Pod may end by the mark before its answer is through: what counts is the end that follows.
release_member() {
  if [ -z "$(fact "$1" "$utility_pods")" ] && released "$1"; then return 0; fi
  (in_utility "$1" release.sh < /dev/null > /dev/null) || say "$1: its utility Pod gave no answer; waiting for its end"
}

all_released() {
  for member in $MEMBERS; do released "$member" || return 1; done
  running=$(pods_in Running) && [ -z "$running" ]
}

# --- left-overs ---

# "KIND/NAME PHASE" a line: whatever bears the label of a selector.
labelled() { # SELECTOR
  kc get pods,configmaps,networkpolicies -l "$1" \
    -o go-template='{{range .items}}{{.kind}}/{{.metadata.name}} {{with .status}}{{with .phase}}{{.}}{{end}}{{end}}{{"\n"}}{{end}}'
}

# Auto-named objects of a run that was killed are in nobody's state: no destroy would remove them.
orphans() {
  for object in $(printf '%s\n' "$objects" | cut -d ' ' -f 1); do
    case " $OWN_OBJECTS " in
      *" $object "*) ;;
      *) printf '%s ' "$object" ;;
    esac
  done
}

no_orphans() {
  objects=$(labelled "$own") || return 1
  left=$(orphans)
  [ -z "$left" ]
}

name_others() {
  others=$(labelled "app.kubernetes.io/managed-by=etcd-recovery,etcd-recovery/restore!=$RESTORE_ID" | cut -d ' ' -f 1 | tr '\n' ' ')
  if [ -n "$others" ]; then
    say "of other restores, until 'pulumi destroy' of their stacks: $others"
    printf 'warning objects of other restores are in namespace %s: %s\n' "$NAMESPACE" "$others"
  fi
}

utility_load
for member in $MEMBERS; do release_member "$member"; done
poll 60 all_released || die "not every utility Pod has ended by itself; running: $(pods_in Running | tr '\n' ' ')" \
  "Mend the cause above, then 'pulumi up' goes on; 'pulumi destroy' removes the Pods."
remove_revived
if [ -n "${OWN_OBJECTS:-}" ] && ! no_orphans; then
  # shellcheck disable=SC2086 # names are words
  kc delete $left --wait=false > /dev/null 2>&1 || true
  poll "${LEFTOVER_SECONDS:-30}" no_orphans || die "the cluster is restored and serves, but these of its helpers are left: $left" \
    "kubectl --namespace $NAMESPACE delete $left; then 'pulumi up' looks again."
fi
name_others
if [ -n "${FINALIZE_ID:-}" ]; then
  say "utility Pods ended, nothing else is left"
else
  say "utility Pods ended, nothing else is left; the previous data is kept as member.pre-$RESTORE_ID on every volume"
fi
