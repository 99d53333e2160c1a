# Restores that are over. Each has left its ledger: the last one as the ledger itself, those before as etcd-recovery-ID.
# "finalizing" and "finalized" in it are the times at which the removal of its previous data began and was done.

# past_load ID: reads the ledger of that restore, wherever it is; ledger_load comes before. None has no fields.
past_load() {
  past_name=$LEDGER
  if [ "$(ledger id)" != "$1" ]; then past_name=$LEDGER-$1; fi
  past_fields=$(fields_of "$past_name") || die "could not read the ledger $NAMESPACE/$past_name"
}

# past FIELD: its value in what past_load has read.
past() { fact "$1" "$past_fields"; }

# past_mark FIELD: writes the time into that ledger.
past_mark() {
  kc patch configmap "$past_name" --type=json > /dev/null -p "[
    {\"op\":\"test\",\"path\":\"/data/id\",\"value\":\"$(past id)\"},
    {\"op\":\"test\",\"path\":\"/data/phase\",\"value\":\"finished\"},
    {\"op\":\"add\",\"path\":\"/data/$1\",\"value\":\"$(now)\"}]" ||
    die "could not write '$1' into the ledger $NAMESPACE/$past_name" "Another restore may have begun. Run 'pulumi up' again."
}

# Ids of the finished restores whose previous data nobody has removed.
kept_ids() {
  # shellcheck disable=SC2016 # a template's own variables
  ids=$(kc get configmaps -o go-template='{{range .items}}{{$name := .metadata.name}}{{with .data}}{{if and .id .phase}}{{$name}} {{.id}} {{.phase}} {{with .finalizing}}removed{{end}}{{"\n"}}{{end}}{{end}}{{end}}' |
    awk -v ledger="$LEDGER" '($1 == ledger || $1 == ledger "-" $2) && $3 == "finished" && $4 == "" { print $2 }' | sort -u | tr '\n' ' ')
  printf '%s' "${ids:-none}"
}

# require_finished KEY ID: reads the ledger of the restore that the configuration names; it must be finished, and its
# members those of the configuration.
require_finished() {
  past_load "$2"
  case $(past phase) in
    finished) ;;
    '') refuse "$1: this cluster has no restore $2; restores with previous data: $(kept_ids)" "pulumi config set --path $1 ID" ;;
    undone) refuse "$1: restore $2 was undone: what it had put aside is back in its place; restores with previous data: $(kept_ids)" "pulumi config set --path $1 ID" ;;
    *) refuse "$1: restore $2 is not finished (it is $(past phase))" "$TWO_WAYS_OUT" ;;
  esac
  past_members=$(past names | sed -n 's/.*"MEMBERS":"\([^"]*\)".*/\1/p')
  [ "${past_members:-$MEMBERS}" = "$MEMBERS" ] ||
    refuse "members: restore $2 was of $past_members, the configuration says $MEMBERS" "pulumi config set members $(printf '%s\n' "$past_members" | wc -w | tr -d ' ')"
}

# The same, and its previous data is still there as far as its ledger knows.
require_kept() { # KEY ID
  require_finished "$1" "$2"
  [ "$(past kind)" != repair ] || die "$1: $2 was the repair of one member: what it put aside cannot serve again" "pulumi config set --path $1 ID"
  [ -z "$(past finalizing)" ] ||
    refuse "$1: the previous data of restore $2 was removed at $(past finalizing) (restore.finalize); restores with previous data: $(kept_ids)" "pulumi config set --path $1 ID"
}

require_none_open() {
  case $(ledger phase) in
    '' | finished | undone) ;;
    *) refuse "namespace $NAMESPACE: restore $(ledger id) is under way since $(ledger open) ($(ledger phase), by $(ledger holder)): nothing is removed meanwhile" "$TWO_WAYS_OUT" ;;
  esac
}
