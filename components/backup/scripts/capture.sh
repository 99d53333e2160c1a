# Takes a snapshot of a healthy member through its Pod, without a TTY, and leaves nothing in the Pod.
# In: GENERATION STAGING (a local directory of this generation) POD_DIRECTORY SAVE_SECONDS.
# Result: facts, one "name value" a line, also kept as STAGING/facts beside STAGING/snapshot.db.
umask 077
remote=$POD_DIRECTORY/etcd-recovery-$(printf '%s' "$GENERATION" | tr -c 'A-Za-z0-9\n' -).db

# A follower that lags least; the leader only when it is alone.
choose_member() {
  status=$(members_status)
  { printf '%s\n' "$status" | grep ' follower ' || printf '%s\n' "$status" | grep ' leader '; } | sort -k 4,4nr | head -n 1 | cut -d ' ' -f 1
}

check_health() {
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  healthy=$(healthy_members) || die "etcd of $NAMESPACE: no member could be asked" "Look: kubectl --namespace $NAMESPACE get pods"
  [ "$healthy" -ge "$(majority)" ] || die "etcd of $NAMESPACE: only $healthy of $# members are healthy: a snapshot now may miss writes" "Mend etcd first; a restore needs an older backup."
}

# The stream's own proof: its last 32 bytes are the SHA-256 of everything before.
check_file() {
  bytes=$(wc -c < "$1" | tr -d ' ')
  [ $((bytes % 512)) -eq 32 ] || return 1
  trailer=$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n')
  [ "$trailer" = "$(head -c $((bytes - 32)) "$1" | sha256sum | cut -d ' ' -f 1)" ]
}

remove_remote() { CALL_SECONDS=30 kc exec "$member" -c "$ETCD_CONTAINER" -- rm -f "$remote" "$remote.part" > /dev/null 2>&1 || say "could not remove $remote from $member"; }

save() {
  CALL_SECONDS=$SAVE_SECONDS kc exec "$member" -c "$ETCD_CONTAINER" -- etcdctl --endpoints="https://127.0.0.1:$ETCD_CLIENT_PORT" --cacert="$ETCD_CA" \
    --cert="$ETCD_CERTIFICATE" --key="$ETCD_KEY" --command-timeout="${SAVE_SECONDS}s" snapshot save "$remote" > /dev/null 2> "$STAGING/save.log" ||
    die "$member: etcdctl snapshot save failed: $(tail -n 2 "$STAGING/save.log")"
}

fetch() {
  CALL_SECONDS=$SAVE_SECONDS kc exec "$member" -c "$ETCD_CONTAINER" -- cat "$remote" > "$STAGING/snapshot.db.part" && check_file "$STAGING/snapshot.db.part"
}

if [ -s "$STAGING/facts" ]; then
  cat "$STAGING/facts"
  exit 0
fi
mkdir -p "$STAGING"
check_health
member=$(choose_member)
[ -n "$member" ] || die "etcd of $NAMESPACE: no voting member answers"
trap remove_remote EXIT
trap 'exit 143' TERM INT HUP
save
# kubectl exec can cut a stream and say 0: the trailer tells.
poll 60 fetch || die "$member: the snapshot did not arrive whole"
mv "$STAGING/snapshot.db.part" "$STAGING/snapshot.db"
status=$(etcdctl_in "$member" "https://127.0.0.1:$ETCD_CLIENT_PORT" endpoint status -w fields)
field() { printf '%s\n' "$status" | sed -n "s/^\"$1\" : //p" | tr -d '"'; }
{
  printf 'member %s\n' "$member"
  printf 'clusterId %s\n' "$(field ClusterID)"
  printf 'etcdVersion %s\n' "$(field Version)"
  if [ -n "${USER_KUBECONFIG:-}" ]; then
    printf 'kubeSystemUid %s\n' "$(timeout 20 kubectl --kubeconfig "$USER_KUBECONFIG" get namespace kube-system -o jsonpath='{.metadata.uid}')"
    printf 'kubernetesVersion %s\n' "$(timeout 20 kubectl --kubeconfig "$USER_KUBECONFIG" version -o yaml | sed -n '/^serverVersion:/,$s/^ *gitVersion: //p')"
  fi
} > "$STAGING/facts.part"
mv "$STAGING/facts.part" "$STAGING/facts"
rm -f "$STAGING/save.log"
say "$member: saved $(wc -c < "$STAGING/snapshot.db" | tr -d ' ') bytes"
cat "$STAGING/facts"
