# Starts the controllers, last, and puts back what was taken away; then compares with the ledger.
ledger_require committed finished
put_controllers_back
put_pdb_back

check_replicas() {
  live=$(replicas_of "$1")
  [ "$live" = "$2" ] || die "$1 has $live replicas, the ledger says $2" "kubectl --namespace $NAMESPACE scale $1 --replicas=$2"
}

spec_of() { kubectl patch --local -f - --type=merge -p '{}' -o jsonpath='{.spec}'; }

check_pdb() {
  recorded=$(ledger_pdb)
  live=$(kc get poddisruptionbudget "$APISERVER_PDB" --ignore-not-found -o json)
  if [ -z "$recorded$live" ]; then return 0; fi
  [ "$(printf '%s' "$recorded" | spec_of)" = "$(printf '%s' "$live" | spec_of)" ] ||
    die "PodDisruptionBudget $APISERVER_PDB differs from the ledger" "Compare: kubectl --namespace $NAMESPACE get configmap $LEDGER -o jsonpath='{.data.pdb}'"
}

check_replicas "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)"
check_replicas "statefulset/$APISERVER_STATEFULSET" "$(ledger apiserver)"
each_controller check_replicas
check_pdb
ledger_advance finished committed
say "as found: replicas, controllers, PodDisruptionBudget"
