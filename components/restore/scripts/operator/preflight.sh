# Asks everything that can be asked before anything is made. Read-only.
# Result: "node MEMBER NODE" for each member, "bump N", "live-revision N".

# --- rights: every verb that a later step needs ---

may() { # GROUP RESOURCE SUBRESOURCE VERBS...
  may_group=$1
  may_resource=$2
  may_sub=$3
  shift 3
  for may_verb in "$@"; do
    printf -- '---\napiVersion: authorization.k8s.io/v1\nkind: SelfSubjectAccessReview\nspec:\n  resourceAttributes: {namespace: "%s", group: "%s", resource: "%s", subresource: "%s", verb: "%s"}\n' \
      "$NAMESPACE" "$may_group" "$may_resource" "$may_sub" "$may_verb"
  done
}

check_rights() {
  denied=$({
    may '' pods '' get list watch create patch delete
    may '' pods exec create
    may '' configmaps '' get list watch create update patch delete
    may '' persistentvolumeclaims '' get
    may '' events '' list
    may apps statefulsets '' get list watch
    may apps statefulsets scale get update patch
    may apps deployments '' get list watch
    may apps deployments scale get update patch
    may policy poddisruptionbudgets '' get create delete
    may networking.k8s.io networkpolicies '' get list watch create patch delete
  } | kc create -f - -o go-template='{{if not .status.allowed}}{{.spec.resourceAttributes.verb}} {{.spec.resourceAttributes.resource}}{{with .spec.resourceAttributes.subresource}}/{{.}}{{end}}; {{end}}') ||
    die "adminKubeconfig: the admin cluster does not answer (see above)" "Look: kubectl --kubeconfig '$KUBECONFIG' cluster-info"
  [ -z "$denied" ] || die "adminKubeconfig: not allowed in namespace $NAMESPACE: $denied" "Bind the Role in docs/reference/rights.md to this user."
}

# --- no other restore, and this id is new ---

check_ledger() {
  other=$(ledger id)
  phase=$(ledger phase)
  if [ -z "$other" ]; then return 0; fi
  if [ "$other" = "$RESTORE_ID" ]; then
    case $phase in
      committed | finished | undone) die "restore.id: $RESTORE_ID was used before (it is $phase)" "pulumi config set --path restore.id $RESTORE_ID-2" ;;
    esac
  else
    case $phase in
      finished | undone) ;;
      *) die "namespace $NAMESPACE: restore $other is under way since $(ledger open) ($phase, by $(ledger holder))" \
        "$TWO_WAYS_OUT" ;;
    esac
  fi
  used=$(kc get configmap "$LEDGER-$RESTORE_ID" --ignore-not-found -o name)
  [ -z "$used" ] || die "restore.id: $RESTORE_ID was used before" "pulumi config set --path restore.id $RESTORE_ID-2"
}

# --- the members' StatefulSet and volumes ---

near_matches() { kc get "$1" -o name 2> /dev/null | tr '\n' ' '; }

check_statefulset() {
  facts=$(kc get statefulset "$ETCD_STATEFULSET" -o go-template='
replicas {{.spec.replicas}}
management {{.spec.podManagementPolicy}}
scaled {{with .spec.persistentVolumeClaimRetentionPolicy}}{{.whenScaled}}{{end}}
{{range .spec.template.spec.containers}}container {{.name}}
{{with .readinessProbe}}{{with .httpGet}}probe {{.path}}{{end}}{{with .exec}}probe exec{{end}}{{end}}
{{end}}') || die "namespace $NAMESPACE: no StatefulSet $ETCD_STATEFULSET; it has: $(near_matches statefulsets)" \
    "pulumi config set --path overrides.etcd.statefulSet NAME"
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  # A restore that is under way has them at 0 itself; its ledger was checked before.
  [ "$(fact replicas "$facts")" = $# ] || [ "$(ledger id)" = "$RESTORE_ID" ] ||
    die "members: StatefulSet $ETCD_STATEFULSET has $(fact replicas "$facts") replicas, the configuration says $#" \
      "kubectl --namespace $NAMESPACE scale statefulset $ETCD_STATEFULSET --replicas=$#   (or: pulumi config set members N)"
  case $(fact scaled "$facts") in
    Delete) die "StatefulSet $ETCD_STATEFULSET: persistentVolumeClaimRetentionPolicy.whenScaled is Delete: scaling to 0 would delete the data" \
      "kubectl --namespace $NAMESPACE patch statefulset $ETCD_STATEFULSET --type=merge -p '{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenScaled\":\"Retain\"}}}'" ;;
  esac
  printf '%s\n' "$facts" | grep -qx "container $ETCD_CONTAINER" ||
    die "StatefulSet $ETCD_STATEFULSET: no container $ETCD_CONTAINER; it has: $(printf '%s\n' "$facts" | sed -n 's/^container //p' | tr '\n' ' ')" \
      "pulumi config set --path overrides.etcd.container NAME"
  case "$# $(fact management "$facts") $(fact probe "$facts")" in
    1\ *) ;;
    *" OrderedReady /readyz"* | *" OrderedReady /health" | *" OrderedReady exec")
      die "StatefulSet $ETCD_STATEFULSET: OrderedReady with a readiness probe that may need a quorum cannot start from 0 (member 0 waits for the others, which are never made)" \
        "Use a probe that needs no quorum (/livez, or /health?serializable=true)." ;;
  esac
}

check_claims() {
  for member in $MEMBERS; do
    claim=$DATA_CLAIM-$member
    facts=$(kc get persistentvolumeclaim "$claim" -o jsonpath='{.status.phase} {.spec.accessModes}') ||
      die "member $member: no PersistentVolumeClaim $claim" "pulumi config set --path overrides.etcd.dataClaim NAME"
    case $facts in
      Bound\ *ReadWriteOncePod*) die "PersistentVolumeClaim $claim is ReadWriteOncePod: a utility Pod cannot mount it beside etcd" "Give it accessMode ReadWriteOnce." ;;
      Bound\ *) ;;
      *) die "PersistentVolumeClaim $claim is not bound (${facts%% *})" "kubectl --namespace $NAMESPACE describe persistentvolumeclaim $claim" ;;
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
  servers=$(replicas_of "statefulset/$APISERVER_STATEFULSET") ||
    die "namespace $NAMESPACE: no StatefulSet $APISERVER_STATEFULSET; it has: $(near_matches statefulsets)" "pulumi config set --path overrides.apiServer.statefulSet NAME"
  [ "$servers" != 0 ] || [ "$(ledger id)" = "$RESTORE_ID" ] ||
    die "StatefulSet $APISERVER_STATEFULSET is at 0 replicas and no ledger says how many it should have" \
      "kubectl --namespace $NAMESPACE scale statefulset $APISERVER_STATEFULSET --replicas=N   (the number it had before)"
}

# --- need: a living quorum is restored over for a reason only ---

check_need() {
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  healthy=$(quorate "$status")
  if [ -z "$status" ]; then
    ready=$(kc get statefulset "$ETCD_STATEFULSET" -o jsonpath='{.status.readyReplicas}')
    healthy=${ready:-0}
    say "no member could be asked; Kubernetes counts $healthy of $# ready"
  else
    say "members with a quorum: $healthy of $#"
  fi
  if [ "$healthy" -ge "$(majority)" ] && [ -z "${RESTORE_REASON:-}" ]; then
    die "restore.reason: $healthy of $# members are healthy: the quorum is alive, and a restore would throw its data away" \
      "One bad member is replaced, not restored. If the data itself is wrong: pulumi config set --path restore.reason 'why'"
  fi
}

# --- identity: a snapshot of another cluster would be accepted by every tool ---

# The UID of Namespace kube-system is a cluster's identity. What was configured counts, else what the live cluster
# answers; a cluster that cannot answer is unknown, not different.
check_identity() {
  expected=${EXPECTED_UID:-}
  if [ -z "$expected" ] && [ -n "${USER_KUBECONFIG:-}" ]; then
    # As it is: kubectl's discovery would wait for API servers that cannot answer.
    expected=$(timeout 4 kubectl --kubeconfig "$USER_KUBECONFIG" --request-timeout=3s get --raw /api/v1/namespaces/kube-system 2> /dev/null |
      sed -n 's/.*"uid":"\([^"]*\)".*/\1/p')
  fi
  if [ -z "$expected" ] || [ -z "${SNAPSHOT_UID:-}" ]; then
    say "identity: not compared (${expected:-the live cluster does not say}; snapshot: ${SNAPSHOT_UID:-does not say})"
  elif [ "$expected" != "$SNAPSHOT_UID" ]; then
    die "restore.snapshot: it is of the cluster whose kube-system has UID $SNAPSHOT_UID, this cluster's has $expected" \
      "Choose a snapshot of this cluster. If it is meant: pulumi config set --path restore.clusterUid $SNAPSHOT_UID"
  fi
}

# The bump takes the restored revision above every revision that a client may remember. When no member can say where
# the cluster was, the ledger of an earlier restore says where that one took it.
print_bump() {
  live=$(printf '%s\n' "$status" | cut -d ' ' -f 2 | sort -n | tail -n 1)
  live=${live:-0}
  bump=1000000000
  ahead=$((live + live / 5 - SNAPSHOT_REVISION))
  taken=$(ledger bump)
  if [ "$live" = 0 ] && [ -n "$taken" ]; then ahead=$(($(ledger revision) + taken + bump - SNAPSHOT_REVISION)); fi
  if [ "$ahead" -gt "$bump" ]; then bump=$ahead; fi
  printf 'bump %s\nlive-revision %s\n' "$bump" "$live"
}

check_rights
ledger_load
check_ledger
check_statefulset
check_claims
check_control_plane
check_identity
status=$(members_status)
# Under way already: what there was to say against it was said then.
[ "$(ledger id)" = "$RESTORE_ID" ] || check_need
print_nodes
print_bump
