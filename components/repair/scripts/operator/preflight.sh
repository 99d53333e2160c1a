# Asks everything that can be asked before anything is made. Read-only. In: MEMBER RESTORE_REASON.
# Result: "node MEMBER NODE", "live-revision N", "size BYTES" of the others' database.

# What a repair's steps do in the namespace.
needed_rights() {
  may '' pods '' get list watch create patch delete
  may '' pods exec create
  may '' pods log get
  may '' pods ephemeralcontainers update
  may '' configmaps '' get list watch create update patch delete
  may '' persistentvolumeclaims '' get
  may '' events '' list
  may apps statefulsets '' get
  may networking.k8s.io networkpolicies '' get list watch create patch delete
}

# --- no other restore or repair, and this id is new ---

check_ledger() {
  phase=$(ledger phase)
  case "$(ledger id)/$phase" in
    /) ;;
    "$RESTORE_ID"/*)
      case $phase in
        committed | finished | undone) refuse "restore.id: $RESTORE_ID was used before (it is $phase)" "pulumi config set --path restore.id $RESTORE_ID-2" ;;
      esac
      [ "$(ledger kind)/$(ledger member)" = "$LEDGER_KIND/$MEMBER" ] || refuse "restore.id: $RESTORE_ID is under way as something else than a repair of $MEMBER" "$TWO_WAYS_OUT"
      ;;
    */finished | */undone) ;;
    *) refuse "namespace $NAMESPACE: restore $(ledger id) is under way since $(ledger open) ($phase, by $(ledger holder))" "$TWO_WAYS_OUT" ;;
  esac
  used=$(kc get configmap "$LEDGER-$RESTORE_ID" --ignore-not-found -o name)
  [ -z "$used" ] || refuse "restore.id: $RESTORE_ID was used before" "pulumi config set --path restore.id $RESTORE_ID-2"
}

# --- the StatefulSet, the member's volume ---

check_statefulset() {
  facts=$(kc get statefulset "$ETCD_STATEFULSET" -o go-template='
replicas {{.spec.replicas}}
{{range .spec.template.spec.containers}}container {{.name}}
{{if eq .name "'"$ETCD_CONTAINER"'"}}{{range .volumeMounts}}{{if .subPath}}part {{.mountPath}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}') ||
    misset "namespace $NAMESPACE: no StatefulSet $ETCD_STATEFULSET" "pulumi config set --path overrides.etcd.statefulSet NAME"
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  [ $# -ge 3 ] || refuse "members: with $# there is no quorum without $MEMBER" "Restore it: pulumi config rm --path restore.repair; pulumi config set --path restore.snapshot FILE"
  [ "$(fact replicas "$facts")" = $# ] ||
    refuse "members: StatefulSet $ETCD_STATEFULSET has $(fact replicas "$facts") replicas, the configuration says $#" \
      "kubectl --namespace $NAMESPACE scale statefulset $ETCD_STATEFULSET --replicas=$#   (or: pulumi config set members N)"
  printf '%s\n' "$facts" | grep -qx "container $ETCD_CONTAINER" ||
    misset "StatefulSet $ETCD_STATEFULSET: no container $ETCD_CONTAINER; it has: $(printf '%s\n' "$facts" | sed -n 's/^container //p' | tr '\n' ' ')" \
      "pulumi config set --path overrides.etcd.container NAME"
  # Kubernetes takes no subPath in the container that is added to the Pod for a moment.
  part=$(fact part "$facts")
  [ -z "$part" ] || refuse "StatefulSet $ETCD_STATEFULSET: $part is mounted by subPath: a repair cannot mount it again" "Restore the cluster from a snapshot, or replace the member by hand."
}

check_claim() {
  claim=$DATA_CLAIM-$MEMBER
  facts=$(kc get persistentvolumeclaim "$claim" -o jsonpath='{.status.phase} {.spec.accessModes}') ||
    refuse "member $MEMBER: no PersistentVolumeClaim $claim" "Delete Pod $MEMBER: the StatefulSet makes the claim anew. If it has another name: pulumi config set --path overrides.etcd.dataClaim NAME"
  case $facts in
    Bound\ *ReadWriteOncePod*) refuse "PersistentVolumeClaim $claim is ReadWriteOncePod: a utility Pod cannot mount it beside etcd" "Give it accessMode ReadWriteOnce." ;;
    Bound\ *) ;;
    *) refuse "PersistentVolumeClaim $claim is not bound (${facts%% *})" "kubectl --namespace $NAMESPACE describe persistentvolumeclaim $claim" ;;
  esac
}

# --- need: the others have the quorum, and the member is bad ---

# What the others see of it counts as well: they may reach it where kubectl does not.
seen_healthy() {
  answering "$MEMBER" "$status" ||
    etcdctl_in "${others##* }" "$(printf '%s\n' "$ETCD_ENDPOINTS" | tr ',' '\n' | grep -F "//$MEMBER.")" endpoint health > /dev/null 2>&1
}

check_need() {
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  healthy=0
  for other in $others; do
    if answering "$other" "$status"; then healthy=$((healthy + 1)); fi
  done
  [ "$healthy" -ge "$(majority)" ] ||
    refuse "restore.repair: beside $MEMBER, $healthy of $# members have a quorum; a repair needs $(majority)" \
      "Without a quorum all are restored from a snapshot: pulumi config rm --path restore.repair; pulumi config set --path restore.snapshot FILE"
  silent=$(silent_other)
  [ -z "$silent" ] || refuse "restore.repair: $silent does not answer either; etcd takes a new member only while all others are connected" \
    "Mend $silent first, where its data is whole: kubectl --namespace $NAMESPACE describe pod $silent"
  if seen_healthy && [ -z "${RESTORE_REASON:-}" ]; then
    refuse "restore.repair: $MEMBER is healthy: there is nothing to repair" \
      "Name the bad member. If its data shall be fetched anew all the same: pulumi config set --path restore.reason 'why'"
  fi
}

check_alarms() {
  alarms=$(etcdctl_others alarm list) || die "etcd: could not ask for alarms"
  case $alarms in
    *NOSPACE*) refuse "etcd: $alarms: the store takes no writes, and a repair ends with one" \
      "Compact and defragment, or raise the quota; then: etcdctl alarm disarm" ;;
  esac
}

print_facts() {
  node=$(kc get pod "$MEMBER" --ignore-not-found -o jsonpath='{.spec.nodeName}')
  live=$(printf '%s\n' "$status" | cut -d ' ' -f 2 | sort -n | tail -n 1)
  size=$(etcdctl_in "${others##* }" "https://127.0.0.1:$ETCD_CLIENT_PORT" endpoint status -w fields 2> /dev/null | sed -n 's/^"DBSize" : //p')
  printf 'node %s %s\nlive-revision %s\nsize %s\n' "$MEMBER" "${node:-any}" "${live:-0}" "${size:-0}"
}

check_namespace
check_rights
ledger_load
check_ledger
check_statefulset
check_claim
status=$(members_status)
# Under way already: what there was to say against it was said then.
if [ "$(ledger id)" != "$RESTORE_ID" ]; then
  check_need
  check_alarms
fi
print_facts
