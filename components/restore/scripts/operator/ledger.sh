# The ledger: one ConfigMap beside the user cluster's control plane. It is the lock (created, never overwritten),
# the journal (the phase is written before each effect) and what undo puts back.
# Phases: open, quiesced, swapped, started, committed, finished; or undoing, undone. Each has a field with its time.
LEDGER=etcd-recovery

# ledger FIELD: the field, empty when there is no ledger. Fails when it could not be asked for.
ledger() { kc get configmap "$LEDGER" --ignore-not-found -o go-template="{{with index .data \"$1\"}}{{.}}{{end}}"; }

ledger_is_mine() { [ "$(ledger id)" = "$RESTORE_ID" ]; }

# ledger_advance TO FROM...: compare and swap, so that a late step of a killed run cannot move it.
ledger_advance() {
  advance_to=$1
  shift
  advance_from=" $* "
  for _ in 1 2 3 4 5; do
    facts=$(kc get configmap "$LEDGER" -o jsonpath='{.data.id} {.data.phase}') || die "could not read the ledger $NAMESPACE/$LEDGER"
    advance_id=${facts% *}
    advance_phase=${facts##* }
    [ "$advance_id" = "$RESTORE_ID" ] || die "the ledger $NAMESPACE/$LEDGER belongs to restore $advance_id, not $RESTORE_ID"
    if [ "$advance_phase" = "$advance_to" ]; then return 0; fi
    case $advance_from in
      *" $advance_phase "*) ;;
      *) die "the ledger says restore $RESTORE_ID is $advance_phase: it cannot become $advance_to" ;;
    esac
    if kc patch configmap "$LEDGER" --type=json > /dev/null -p "[
      {\"op\":\"test\",\"path\":\"/data/id\",\"value\":\"$RESTORE_ID\"},
      {\"op\":\"test\",\"path\":\"/data/phase\",\"value\":\"$advance_phase\"},
      {\"op\":\"replace\",\"path\":\"/data/phase\",\"value\":\"$advance_to\"},
      {\"op\":\"add\",\"path\":\"/data/$advance_to\",\"value\":\"$(now)\"}]" 2> /dev/null; then
      say "ledger: $advance_to"
      return 0
    fi
    sleep 0.2
  done
  die "could not write phase $advance_to into the ledger $NAMESPACE/$LEDGER"
}

# Fields that the server sets itself; an object can only be created again without them.
SERVER_FIELDS='{"metadata":{"uid":null,"resourceVersion":null,"generation":null,"creationTimestamp":null,"selfLink":null,
  "managedFields":null,"ownerReferences":null,"annotations":{"kubectl.kubernetes.io/last-applied-configuration":null}},"status":null}'

# Standard input: an object as the server gave it. Standard output: the same object, fit to be created.
as_creatable() { kubectl patch --local -f - --type=merge -p "$SERVER_FIELDS" -o json; }

# --- putting back: used by the last step of a restore and by undo alike ---

# each_controller FUNCTION: calls it with KIND/NAME and the recorded replicas.
each_controller() {
  recorded=$(ledger controllers)
  # "kind/name=replicas" words; names of Kubernetes objects have no spaces.
  for controller in $recorded; do "$1" "${controller%=*}" "${controller##*=}"; done
}

put_pdb_back() {
  pdb=$(ledger pdb)
  if [ -z "$pdb" ]; then return 0; fi
  found=$(kc get poddisruptionbudget "$APISERVER_PDB" --ignore-not-found -o name) || die "could not ask for PodDisruptionBudget $APISERVER_PDB"
  if [ -z "$found" ]; then printf '%s' "$pdb" | kc create -f - > /dev/null; fi
}

put_controllers_back() {
  each_controller scale
  each_controller wait_controller
}

wait_controller() { wait_ready "$1" "$2" 180; }
