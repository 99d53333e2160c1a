# The StatefulSets of the user cluster, and the members' volumes.

# Facts of etcd's StatefulSet, asked once: replicas, management, scaled, container, image, probe.
workloads_load() {
  etcd_facts=$(kc get statefulset "$ETCD_STATEFULSET" -o go-template='
replicas {{.spec.replicas}}
management {{.spec.podManagementPolicy}}
scaled {{with .spec.persistentVolumeClaimRetentionPolicy}}{{.whenScaled}}{{end}}
{{range .spec.template.spec.containers}}container {{.name}}
image {{.name}} {{.image}}
{{with .readinessProbe}}{{with .httpGet}}probe {{.path}}{{end}}{{with .exec}}probe exec{{end}}{{end}}
{{end}}' 2> /dev/null) || misset "namespace $NAMESPACE: no StatefulSet $ETCD_STATEFULSET; it has: $(near_matches statefulsets "$ETCD_STATEFULSET")" \
    "pulumi config set --path overrides.etcd.statefulSet NAME"
}

check_statefulset() {
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  # A restore that is under way has them at 0 itself; its ledger was checked before.
  [ "$(fact replicas "$etcd_facts")" = $# ] || [ "$(ledger id)" = "$RESTORE_ID" ] ||
    refuse "members: StatefulSet $ETCD_STATEFULSET has $(fact replicas "$etcd_facts") replicas, the configuration says $#" \
      "kubectl --namespace $NAMESPACE scale statefulset $ETCD_STATEFULSET --replicas=$#   (or: pulumi config set members N)"
  case $(fact scaled "$etcd_facts") in
    Delete) refuse "StatefulSet $ETCD_STATEFULSET: persistentVolumeClaimRetentionPolicy.whenScaled is Delete: scaling to 0 would delete the data" \
      "kubectl --namespace $NAMESPACE patch statefulset $ETCD_STATEFULSET --type=merge -p '{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenScaled\":\"Retain\"}}}'" ;;
  esac
  printf '%s\n' "$etcd_facts" | grep -qx "container $ETCD_CONTAINER" ||
    misset "StatefulSet $ETCD_STATEFULSET: no container $ETCD_CONTAINER; it has: $(printf '%s\n' "$etcd_facts" | sed -n 's/^container //p' | tr '\n' ' ')" \
      "pulumi config set --path overrides.etcd.container NAME"
  case "$# $(fact management "$etcd_facts") $(fact probe "$etcd_facts")" in
    1\ *) ;;
    *" OrderedReady /readyz"* | *" OrderedReady /health" | *" OrderedReady exec")
      refuse "StatefulSet $ETCD_STATEFULSET: OrderedReady with a readiness probe that may need a quorum cannot start from 0 (member 0 waits for the others, which are never made)" \
        "Use a probe that needs no quorum (/livez, or /health?serializable=true)." ;;
  esac
}

check_claims() {
  for member in $MEMBERS; do
    claim=$DATA_CLAIM-$member
    facts=$(kc get persistentvolumeclaim "$claim" -o jsonpath='{.status.phase} {.spec.accessModes}' 2> /dev/null) ||
      misset "member $member: no PersistentVolumeClaim $claim; its Pod mounts: $(kc get pod "$member" --ignore-not-found -o jsonpath='{.spec.volumes[*].persistentVolumeClaim.claimName}')" \
        "pulumi config set --path overrides.etcd.dataClaim NAME   (the claim's name without -$member)"
    case $facts in
      Bound\ *ReadWriteOncePod*) refuse "PersistentVolumeClaim $claim is ReadWriteOncePod: a utility Pod cannot mount it beside etcd" "Give it accessMode ReadWriteOnce." ;;
      Bound\ *) ;;
      *) refuse "PersistentVolumeClaim $claim is not bound (${facts%% *})" "kubectl --namespace $NAMESPACE describe persistentvolumeclaim $claim" ;;
    esac
  done
}

# The node where the member's Pod runs, since its volume may be attached there alone. Without a Pod the
# scheduler follows the volume.
print_nodes() {
  for member in $MEMBERS; do
    node=$(kc get pod "$member" --ignore-not-found -o jsonpath='{.spec.nodeName}')
    printf 'node %s %s\n' "$member" "${node:-any}"
  done
}

check_control_plane() {
  servers=$(replicas_of "statefulset/$APISERVER_STATEFULSET" 2> /dev/null) ||
    misset "namespace $NAMESPACE: no StatefulSet $APISERVER_STATEFULSET; it has: $(near_matches statefulsets "$APISERVER_STATEFULSET")" "pulumi config set --path overrides.apiServer.statefulSet NAME"
  [ "$servers" != 0 ] || [ "$(ledger id)" = "$RESTORE_ID" ] ||
    refuse "StatefulSet $APISERVER_STATEFULSET is at 0 replicas and no ledger says how many it should have" \
      "kubectl --namespace $NAMESPACE scale statefulset $APISERVER_STATEFULSET --replicas=N   (the number it had before)"
}
