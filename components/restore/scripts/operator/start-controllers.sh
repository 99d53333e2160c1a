# Starts the controllers, last, and puts back what was taken away; then compares with the ledger.
# Result: "workload KIND/NAME stopped|restarted|left WHY" for each of the namespace, "lease NAME TIME", "warning TEXT".
ledger_require committed finished
GO_ON="Mend the cause, then 'pulumi up' goes on."

warn() {
  say "warning: $1"
  printf 'warning %s\n' "$1"
}

# --- leader leases: a controller that does not renew its own is not at work ---

user_kubectl() { timeout 10 kubectl --kubeconfig "$USER_KUBECONFIG" --request-timeout=8s "$@" 2> /dev/null; }

renewed_at() { user_kubectl --namespace kube-system get lease "$1" --ignore-not-found -o jsonpath='{.spec.renewTime}'; }

# The leaders among the controllers that are put back.
leaders() {
  for leader in kube-controller-manager kube-scheduler; do
    case " $(ledger controllers) " in
      *"/$leader="[1-9]*) printf '%s ' "$leader" ;;
    esac
  done
}

# Before they start: the lease as it was restored. A change of it is proof, whatever the clocks say.
remember_leases() {
  for leader in $(leaders); do
    renewed=$(renewed_at "$leader") || return 1
    printf '%s %s\n' "$leader" "${renewed:-none}"
  done
}

lease_renewed() {
  renewed=$(renewed_at "$1") || return 1
  [ -n "$renewed" ] && [ "$renewed" != "$2" ]
}

check_leases() {
  if [ -z "${USER_KUBECONFIG:-}" ]; then
    say "leases: not looked at (no userKubeconfig)"
    return 0
  fi
  [ -n "$leases" ] || [ -z "$(leaders)" ] || warn "leases in kube-system could not be read with userKubeconfig: whether the controllers work was not seen"
  printf '%s\n' "$leases" | while read -r leader before; do
    [ -n "$leader" ] || continue
    if POLL_INTERVAL=0.5 poll "${LEASE_SECONDS:-60}" lease_renewed "$leader" "$before"; then
      printf 'lease %s %s\n' "$leader" "$renewed"
    elif [ "$before" = none ]; then
      warn "$leader holds no lease in kube-system: whether it works was not seen"
    else
      die "$leader does not renew its lease (last: $before): it runs and does nothing" "Look: kubectl --namespace $NAMESPACE logs deployment/$leader. $GO_ON"
    fi
  done
}

# --- compared with the ledger, field by field ---

check_replicas() {
  live=$(replicas_of "$1")
  [ "$live" = "$2" ] || die "$1 has $live replicas, the ledger says $2" "kubectl --namespace $NAMESPACE scale $1 --replicas=$2"
}

PDB_FIELDS='spec.minAvailable spec.maxUnavailable spec.selector spec.unhealthyPodEvictionPolicy metadata.labels metadata.annotations'

# One "FIELD VALUE" a line of an object on standard input; maps are printed with sorted keys.
pdb_fields() {
  pdb_template=
  for pdb_field in $PDB_FIELDS; do pdb_template="$pdb_template$pdb_field {.$pdb_field}{\"\\n\"}"; done
  as_creatable | kubectl patch --local -f - --type=merge -p '{}' -o jsonpath="$pdb_template"
}

check_pdb() {
  recorded=$(ledger_pdb)
  live=$(kc get poddisruptionbudget "$APISERVER_PDB" --ignore-not-found -o json) || die "could not ask for PodDisruptionBudget $APISERVER_PDB" "$GO_ON"
  if [ -z "$recorded" ]; then
    if [ -n "$live" ]; then warn "PodDisruptionBudget $APISERVER_PDB was made by somebody else during the restore"; fi
    return 0
  fi
  [ -n "$live" ] || die "PodDisruptionBudget $APISERVER_PDB is gone again: something deleted it" "$GO_ON"
  recorded=$(printf '%s' "$recorded" | pdb_fields)
  live=$(printf '%s' "$live" | pdb_fields)
  for pdb_field in $PDB_FIELDS; do
    [ "$(fact "$pdb_field" "$recorded")" = "$(fact "$pdb_field" "$live")" ] ||
      die "PodDisruptionBudget $APISERVER_PDB: $pdb_field is '$(fact "$pdb_field" "$live")', the ledger says '$(fact "$pdb_field" "$recorded")'" \
        "kubectl --namespace $NAMESPACE delete poddisruptionbudget $APISERVER_PDB; 'pulumi up' puts back the recorded one."
  done
}

report_workloads() {
  for workload in $(ledger controllers); do
    printf 'workload %s stopped before the swap, started last: %s\n' "${workload%=*}" "${workload##*=}"
  done
  together=
  for other in $(ledger others); do
    case $other in
      *=kubeconfig)
        restart_workload "${other%=*}" &
        together="$together $!"
        ;;
      *=idle) printf 'workload %s left it is at 0 replicas\n' "${other%=*}" ;;
      *) printf 'workload %s left nothing in its Pod template names a kubeconfig\n' "${other%=*}" ;;
    esac
  done
  wait_together || true
}

leases=
if [ -n "${USER_KUBECONFIG:-}" ]; then leases=$(remember_leases) || leases=; fi
put_controllers_back || {
  for workload in $(ledger controllers); do troubles "${workload%=*}" "$(selector_of "${workload%=*}")" >&2; done
  die "the controllers are not all running (why: above); the user cluster itself serves" "$GO_ON"
}
put_pdb_back
check_leases
report_workloads
check_replicas "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)"
check_replicas "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)"
each_controller check_replicas
check_pdb
ledger_advance finished committed
say "as found: replicas, controllers, PodDisruptionBudget"
