# What restored members say of themselves. Each is asked for itself alone, all at once.

# each_member FUNCTION: "MEMBER <what FUNCTION prints>" a line, of the members that answer.
each_member() {
  for each in $MEMBERS; do
    { each_answer=$("$1" "$each") && [ -n "$each_answer" ] && printf '%s %s\n' "$each" "$each_answer"; } &
  done
  wait
}

ask_member() { # MEMBER ARGUMENTS...
  ask_name=$1
  shift
  etcdctl_in "$ask_name" "https://127.0.0.1:$ETCD_CLIENT_PORT" "$@" -w fields 2> /dev/null
}

# What etcdctl says when it fails; its own log lines left out.
ask_error() { # MEMBER ARGUMENTS...
  ask_name=$1
  shift
  etcdctl_in "$ask_name" "https://127.0.0.1:$ETCD_CLIENT_PORT" "$@" 2>&1 > /dev/null | grep -v -e '^{' -e '^command terminated' | tail -n 1
}

# The value of a field as etcdctl -w fields prints it.
field() { sed -n "s/^\"$1\" : //p" | head -n 1 | tr -d '"'; }

# "CLUSTER-ID MEMBER-ID DB-BYTES IN-USE-BYTES QUOTA-BYTES"; ids in decimal, an unknown quota is 0.
identity_of() {
  ask_member "$1" endpoint status | awk -F ' : ' '
    /^"ClusterID"/ { cluster = $2 } /^"MemberID"/ { id = $2 } /^"DBSize"/ { size = $2 } /^"DBSizeInUse"/ { used = $2 }
    /^"DBSizeQuota"/ { quota = $2 }
    END { if (id != "") print cluster, id, size, used, quota == "" ? 0 : quota }'
}

# Hash of everything up to revision $hash_revision.
hash_of() { ask_member "$1" endpoint hashkv --rev="$hash_revision" | field Hash; }

# Members of MEMBERS that have no line in a text of "MEMBER ..." lines.
absent_from() {
  for absent in $MEMBERS; do
    printf '%s\n' "$1" | grep -q "^$absent " || printf '%s ' "$absent"
  done
}

# Who, of another cluster, still talks to a member and is refused: an etcd of before the restore that lives somewhere.
strangers_of() {
  kc logs "$1" -c "$ETCD_CONTAINER" --limit-bytes=16777216 2> /dev/null | grep 'cluster ID mismatch' |
    sed -n -e 's/.*"remote-peer-\(server-name\|id\)":"\([0-9a-f]*\)".*"remote-peer-cluster-id":"\([0-9a-f]*\)".*/member \2 of cluster \3/p' -e 's/.*mismatch (got \([0-9a-f]*\) want.*/a member of cluster \1/p' |
    sort -u | head -n 3 | tr '\n' ';'
}

# etcd's quota in bytes where the members do not say it (before 3.6): the StatefulSet's flag or variable, else etcd's own 2 GiB.
configured_quota() {
  configured=$(kc get statefulset "$ETCD_STATEFULSET" -o jsonpath='{.spec.template.spec.containers[*].command} {.spec.template.spec.containers[*].args} {.spec.template.spec.containers[*].env}' |
    sed -n -e 's/.*quota-backend-bytes[=", ]*\([0-9]\{1,\}\).*/\1/p' -e 's/.*ETCD_QUOTA_BACKEND_BYTES","value":"\([0-9]\{1,\}\).*/\1/p' | head -n 1)
  if [ "${configured:-0}" -gt 0 ]; then printf '%s' "$configured"; else printf 2147483648; fi
}
