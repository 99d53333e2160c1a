# The ledger: one ConfigMap beside the user cluster's control plane. It is the lock (created, never overwritten),
# the journal (the phase is written before each effect) and what undo puts back.
# Phases: open, quiesced, swapped, started, committed, finished; or undoing, undone. Each has a field with its time.
LEDGER=etcd-recovery

TWO_WAYS_OUT="Finish it with 'pulumi up' on its stack, or go back with 'pulumi destroy' there. Without its stack: etcd-recovery resume (or: undo) --admin-kubeconfig '$KUBECONFIG' --namespace $NAMESPACE"

# Reads the ledger once; later questions are answered from what was read. An absent ledger has no fields.
# Fails when it could not be asked for.
ledger_load() { ledger_fields=$(fields_of "$LEDGER") || die "could not read the ledger $NAMESPACE/$LEDGER"; }

# fields_of CONFIGMAP: its fields of one line, "FIELD VALUE" a line.
fields_of() {
  # shellcheck disable=SC2016 # a template's own variables
  kc get configmap "$1" --ignore-not-found \
    -o go-template='{{range $field, $value := .data}}{{if and (ne $field "pdb") (ne $field "utility")}}{{$field}} {{$value}}{{"\n"}}{{end}}{{end}}'
}

# ledger FIELD: its value as it was read, empty when there is none.
ledger() { fact "$1" "$ledger_fields"; }

# Fields of several lines: the PodDisruptionBudget as it was found, empty when there was none; a utility Pod.
ledger_pdb() { kc get configmap "$LEDGER" -o go-template='{{with .data.pdb}}{{.}}{{end}}'; }
ledger_utility() { kc get configmap "$LEDGER" -o go-template='{{with .data.utility}}{{.}}{{end}}'; }

# ledger_beyond PHASE: whether this restore, by another stack or machine, has come further than PHASE already.
ledger_beyond() {
  [ "$(ledger id)" = "$RESTORE_ID" ] || return 1
  beyond=
  for known in open quiesced swapped started committed finished; do
    if [ -n "$beyond" ] && [ "$(ledger phase)" = "$known" ]; then return 0; fi
    if [ "$known" = "$1" ]; then beyond=1; fi
  done
  return 1
}

# Minutes since a time as now() prints it; computed, since date(1) parses differently on every system.
minutes_since() {
  printf '%s %s\n' "$(now)" "$1" | awk '
    function minutes(text,  at, y, m) {
      split(text, at, /[-T:Z]/)
      y = at[1] - (at[2] <= 2); m = (at[2] + 9) % 12
      return ((365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m + 2) / 5) + at[3]) * 24 + at[4]) * 60 + at[5]
    }
    { print minutes($1) - minutes($2) }'
}

# How long ago a time was, as this machine's clock has it; the one that wrote it may have had another.
ago() {
  minutes=$(minutes_since "$1")
  if [ "$minutes" -ge 0 ]; then printf '%s min ago' "$minutes"; else printf '%s min ahead of the clock here' "$((-minutes))"; fi
}

# Stops: another restore holds the ledger that was read.
die_held() {
  refuse "namespace $NAMESPACE: restore $(ledger id) of this cluster is under way since $(ledger open) ($(ago "$(ledger open)"); it is $(ledger phase), started by $(ledger holder))" \
    "$TWO_WAYS_OUT"
}

# ledger_note FIELD PHASE: writes the time into a field of a ledger that is ours and in this phase, for what is no phase
# of its own.
ledger_note() {
  kc patch configmap "$LEDGER" --type=json > /dev/null -p "[
    {\"op\":\"test\",\"path\":\"/data/id\",\"value\":\"$RESTORE_ID\"},
    {\"op\":\"test\",\"path\":\"/data/phase\",\"value\":\"$2\"},
    {\"op\":\"add\",\"path\":\"/data/$1\",\"value\":\"$(now)\"}]" ||
    die "could not write $1 into the ledger $NAMESPACE/$LEDGER" "Run 'pulumi up' again."
}

# ledger_advance TO FROM...: compare and swap, so that a late step of a killed run cannot move it. Reads it, too.
ledger_advance() {
  advance_to=$1
  shift
  for _ in 1 2 3 4 5; do
    ledger_require "$advance_to" "$@"
    if [ "$(ledger phase)" = "$advance_to" ]; then return 0; fi
    if kc patch configmap "$LEDGER" --type=json > /dev/null -p "[
      {\"op\":\"test\",\"path\":\"/data/id\",\"value\":\"$RESTORE_ID\"},
      {\"op\":\"test\",\"path\":\"/data/phase\",\"value\":\"$(ledger phase)\"},
      {\"op\":\"replace\",\"path\":\"/data/phase\",\"value\":\"$advance_to\"},
      {\"op\":\"add\",\"path\":\"/data/$advance_to\",\"value\":\"$(now)\"}]" 2> /dev/null; then
      say "ledger: $advance_to"
      return 0
    fi
    sleep 0.2
  done
  die "could not write phase $advance_to into the ledger $NAMESPACE/$LEDGER"
}

# ledger_require PHASE...: reads the ledger; it must be this restore's own and in one of these phases.
ledger_require() {
  ledger_load
  [ "$(ledger id)" = "$RESTORE_ID" ] || die "the ledger $NAMESPACE/$LEDGER belongs to restore '$(ledger id)', not $RESTORE_ID"
  [ "$(ledger kind)" = "${LEDGER_KIND:-}" ] || die "the ledger $NAMESPACE/$LEDGER is of another operation (${LEDGER_KIND:-restore} steps, its kind is '$(ledger kind)') with the id $RESTORE_ID"
  case " $* " in
    *" $(ledger phase) "*) ;;
    *) die "the ledger $NAMESPACE/$LEDGER says that restore $RESTORE_ID is $(ledger phase); this step needs: $*" ;;
  esac
}

# Fields that the server sets itself; an object can only be created again without them.
SERVER_FIELDS='{"metadata":{"uid":null,"resourceVersion":null,"generation":null,"creationTimestamp":null,"selfLink":null,
  "managedFields":null,"ownerReferences":null,"annotations":{"kubectl.kubernetes.io/last-applied-configuration":null}},"status":null}'

# Standard input: an object as the server gave it. Standard output: the same object, fit to be created.
as_creatable() { kubectl patch --local -f - --type=merge -p "$SERVER_FIELDS" -o json; }

# --- putting back: used by the last step of a restore and by undo alike ---

# each_controller FUNCTION: calls it with KIND/NAME and the recorded replicas, for all controllers at once.
each_controller() {
  together=
  # "kind/name=replicas" words; names of Kubernetes objects have no spaces.
  for controller in $(ledger controllers); do
    "$1" "${controller%=*}" "${controller##*=}" &
    together="$together $!"
  done
  wait_together
}

put_pdb_back() {
  pdb=$(ledger_pdb)
  if [ -z "$pdb" ]; then return 0; fi
  found=$(kc get poddisruptionbudget "$APISERVER_PDB" --ignore-not-found -o name) || die "could not ask for PodDisruptionBudget $APISERVER_PDB"
  if [ -z "$found" ]; then printf '%s' "$pdb" | kc create --validate=false -f - > /dev/null; fi
}

put_controllers_back() { each_controller start_controller; }

start_controller() {
  scale "$1" "$2"
  wait_ready "$1" "$2" 180
}
