# Asking the members, through their own Pods: argv only, since the image may have no shell.

# etcdctl_in MEMBER ENDPOINTS ARGUMENTS...
etcdctl_in() {
  in_member=$1
  in_endpoints=$2
  shift 2
  CALL_SECONDS=20 kc exec "$in_member" -c "$ETCD_CONTAINER" -- etcdctl --endpoints="$in_endpoints" --cacert="$ETCD_CA" \
    --cert="$ETCD_CERTIFICATE" --key="$ETCD_KEY" --command-timeout=5s "$@"
}

# etcdctl over all endpoints, through the first member that can be asked.
etcdctl_all() {
  for any_member in $MEMBERS; do
    if etcdctl_in "$any_member" "$ETCD_ENDPOINTS" "$@" 2> /dev/null; then return 0; fi
  done
  return 1
}

# How many members answer a linearizable read. Fails when no member could be asked.
# etcdctl exits 1 as soon as one endpoint is sick and still prints the others: its status says nothing here.
healthy_members() {
  for any_member in $MEMBERS; do
    answer=$(etcdctl_in "$any_member" "$ETCD_ENDPOINTS" endpoint health 2>&1 || true)
    case $answer in
      *" is healthy"* | *" is unhealthy"*)
        printf '%s\n' "$answer" | grep -c ' is healthy' || true
        return 0
        ;;
    esac
  done
  return 1
}
