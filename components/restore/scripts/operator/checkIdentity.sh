# Whether the snapshot is of this cluster, and of an etcd that this cluster's can follow: etcd's own tools accept any.

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
    refuse "restore.snapshot: it is of the cluster whose kube-system has UID $SNAPSHOT_UID, this cluster's has $expected" \
      "Choose a snapshot of this cluster. If it is meant: pulumi config set --path restore.clusterUid $SNAPSHOT_UID"
  fi
}

# An etcd version from an image's tag; tags of other things (1.16.0-gke.0) are no etcd versions.
version_in_tag() { printf '%s\n' "${1##*/}" | sed -n 's/^[^@:]*:v\{0,1\}\(3\.[0-9]*\.[0-9]*\).*$/\1/p'; }

# The oldest server counts: it is the one that may not understand what it is given.
server_version() { # STATUS
  asked_version=$(printf '%s\n' "$1" | cut -d ' ' -f 5 | grep '^[0-9]' | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1)
  printf '%s' "${asked_version:-$(version_in_tag "$(fact "image $ETCD_CONTAINER" "$etcd_facts")")}"
}

# A newer minor's store starts under an older server without a word; what it then does with it is nobody's promise.
check_version() {
  if [ -z "${SNAPSHOT_VERSION:-}" ] || [ -z "$server" ]; then
    say "version: not compared (etcd ${server:-does not say}; snapshot: ${SNAPSHOT_VERSION:-does not say})"
    return 0
  fi
  if [ "$(minor "$SNAPSHOT_VERSION")" -le "$(minor "$server")" ]; then return 0; fi
  if [ "${ALLOW_VERSION:-}" = "$SNAPSHOT_VERSION" ]; then
    say "version: snapshot of etcd $SNAPSHOT_VERSION for etcd $server, as restore.allowVersion says"
    return 0
  fi
  refuse "restore.snapshot: it is of etcd $SNAPSHOT_VERSION, the cluster runs $server: a newer store for an older server${ALLOW_VERSION:+ (restore.allowVersion names $ALLOW_VERSION)}" \
    "Choose a snapshot of $server or older, or upgrade etcd first. If it is meant: pulumi config set --path restore.allowVersion $SNAPSHOT_VERSION"
}
