# Takes the lock and writes down what was found. In: LIVE_REVISION BUMP. The last gate before the first change.
# Result: the ledger's fields, one "name value" a line.

# All members staged from one file, into one new cluster.
check_staged() {
  utility_load
  first=
  for member in $MEMBERS; do
    facts=$(in_utility "$member" staged.sh < /dev/null) || die "member $member is not staged"
    [ -n "$first" ] || first=$facts
    [ "$facts" = "$first" ] || refuse "member $member was staged from another snapshot or for another cluster: $facts (first member: $first)" \
      "Start again with a new id: pulumi destroy, pulumi config set --path restore.id $RESTORE_ID-2"
  done
}

has_quorum() {
  healthy=$(healthy_members) || healthy=0
  if [ "$healthy" -ge "$(majority)" ]; then printf true; else printf false; fi
}

# The utility Pods end with their nodes; from these two fields a later step makes one anew (utility.sh).
write_utility() {
  pods=$(kc get pods -l "etcd-recovery/restore=$RESTORE_ID" --field-selector=status.phase=Running \
    -o go-template='{{range .items}}{{.metadata.name}} {{index .metadata.labels "etcd-recovery/member"}}={{.spec.nodeName}}{{"\n"}}{{end}}')
  printf '%s\n' "$pods" | cut -d ' ' -f 2 | tr '\n' ' ' > "$1/nodes"
  kc get pod "$(printf '%s\n' "$pods" | head -n 1 | cut -d ' ' -f 1)" -o json | as_creatable > "$1/utility"
}

write_found() { # into directory $1, one file a field
  printf '%s' "$RESTORE_ID" > "$1/id"
  printf 'open' > "$1/phase"
  printf '%s' "$(now)" > "$1/open"
  printf '%s@%s' "$(id -un)" "$(uname -n)" > "$1/holder"
  printf '%s' "$CLUSTER_NAMES" > "$1/names"
  write_utility "$1"
  replicas_of "statefulset/$ETCD_STATEFULSET" > "$1/etcd"
  replicas_of "statefulset/$APISERVER_STATEFULSET" > "$1/apiserver"
  selector_of "statefulset/$ETCD_STATEFULSET" > "$1/etcd-selector"
  selector_of "statefulset/$APISERVER_STATEFULSET" > "$1/apiserver-selector"
  has_quorum > "$1/quorum"
  workloads=$(list_workloads)
  check_controllers "$workloads"
  controllers_among "$workloads" > "$1/controllers"
  others_among "$workloads" "$(cat "$1/controllers")" > "$1/others"
  kc get poddisruptionbudget "$APISERVER_PDB" --ignore-not-found -o json > "$1/pdb.found"
  if [ -s "$1/pdb.found" ]; then as_creatable < "$1/pdb.found" > "$1/pdb"; else : > "$1/pdb"; fi
  rm "$1/pdb.found"
  printf '%s' "$SNAPSHOT_SHA256" > "$1/snapshot"
  printf '%s' "$SNAPSHOT_REVISION" > "$1/revision"
  printf '%s' "${ROLLBACK_ID:-}" > "$1/rollback"
  printf '%s' "$LIVE_REVISION" > "$1/live-revision"
  printf '%s' "$BUMP" > "$1/bump"
  printf '%s' "$(fact cluster "$first")" > "$1/cluster"
  printf '%s' "${RESTORE_REASON:-}" | tr '\n' ' ' > "$1/reason"
  printf '%s' "${OVERRIDES:-}" | tr '\n' ' ' > "$1/overrides"
}

ledger_manifest() { kc create configmap "$LEDGER" --from-file="$1" --dry-run=client -o json; }

# The ledger of a finished or undone restore becomes history; then ours takes its place, by compare and swap.
take_over() {
  version=$(kc get configmap "$LEDGER" -o jsonpath='{.metadata.resourceVersion}')
  kc get configmap "$LEDGER" -o json | as_creatable |
    kubectl patch --local -f - --type=merge -p "{\"metadata\":{\"name\":\"$LEDGER-$1\"}}" -o json |
    kc create --validate=false -f - > /dev/null 2>&1 || kc get configmap "$LEDGER-$1" > /dev/null
  ledger_manifest "$2" | kubectl patch --local -f - --type=merge -p "{\"metadata\":{\"resourceVersion\":\"$version\"}}" -o json |
    kc replace --validate=false -f - > /dev/null 2>&1 || {
    ledger_load
    [ "$(ledger id)" = "$RESTORE_ID" ] || die_held
  }
}

take_lock() {
  other=$(ledger id)
  phase=$(ledger phase)
  case "$other/$phase" in
    /)
      ledger_manifest "$1" | kc create --validate=false -f - > /dev/null 2>&1 || {
        # Created by us all the same, or by another restore at the same moment?
        ledger_load
        [ -n "$(ledger id)" ] || die "could not create the ledger $NAMESPACE/$LEDGER" "Run 'pulumi up' again."
        [ "$(ledger id)/$(ledger open)" = "$RESTORE_ID/$(cat "$1/open")" ] || die_held
      }
      ;;
    "$RESTORE_ID"/committed | "$RESTORE_ID"/finished | "$RESTORE_ID"/undone) refuse "restore.id: $RESTORE_ID was used before (it is $phase)" "pulumi config set --path restore.id $RESTORE_ID-2" ;;
    */finished | */undone) take_over "$other" "$1" ;;
    *) die_held ;;
  esac
}

check_staged
ledger_load
# What an earlier run of this step found stands: later steps may have changed the cluster since.
if [ "$(ledger id)" != "$RESTORE_ID" ] || [ "$(ledger phase)" = undone ]; then
  [ "$(fact bump "$first")" = "$BUMP" ] || refuse "the members were staged with a revision bump of $(fact bump "$first"), not $BUMP" \
    "Start again with a new id: pulumi destroy, pulumi config set --path restore.id $RESTORE_ID-2"
  found=$(mktemp -d)
  trap 'rm -rf "$found"' EXIT
  write_found "$found"
  [ "$(cat "$found/apiserver")" != 0 ] || refuse "StatefulSet $APISERVER_STATEFULSET is at 0 replicas and no ledger says how many it should have" \
    "kubectl --namespace $NAMESPACE scale statefulset $APISERVER_STATEFULSET --replicas=N   (the number it had before)"
  take_lock "$found"
  ledger_load
  say "ledger: open (etcd $(ledger etcd), API servers $(ledger apiserver), controllers $(ledger controllers))"
  say_others "$(ledger others)"
fi
printf 'etcd %s\napiserver %s\n' "$(ledger etcd)" "$(ledger apiserver)"
