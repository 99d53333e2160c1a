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

# "MEMBER REVISION ROLE APPLIED-INDEX VERSION" a line, of the members that answer; ROLE is leader, follower, learner or
# no-leader. Each is asked for itself alone, all at once: asked for the others, etcdctl waits for every dead one.
members_status() {
  for any_member in $MEMBERS; do
    { etcdctl_in "$any_member" "https://127.0.0.1:$ETCD_CLIENT_PORT" endpoint status -w fields 2> /dev/null | awk -F ' : ' -v member="$any_member" '
        /^"Revision"/ { revision = $2 } /^"MemberID"/ { id = $2 } /^"Leader"/ { leader = $2 }
        /^"IsLearner"/ { learner = $2 } /^"RaftAppliedIndex"/ { applied = $2 }
        /^"Version"/ { version = $2; gsub(/"/, "", version) }
        END {
          role = learner == "true" ? "learner" : leader "" == "0" ? "no-leader" : id "" == leader "" ? "leader" : "follower"
          if (id != "") print member, revision, role, applied, version
        }'; } &
  done
  wait
}

# How many members a quorum needs.
majority() {
  # shellcheck disable=SC2086 # the members' names are words
  set -- $MEMBERS
  printf '%s' $(($# / 2 + 1))
}

# How many of the members in a status take part in a quorum.
quorate() { printf '%s\n' "$1" | grep -c -e ' leader ' -e ' follower ' || true; }

# The same, asked now. Fails when no member could be asked.
healthy_members() {
  status=$(members_status)
  [ -n "$status" ] || return 1
  quorate "$status"
}
