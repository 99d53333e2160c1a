# Makes the new member's log, which says who it is. The StatefulSet's own etcd could not: its flags are for a new
# cluster, and changing them would restart the healthy members. So etcd runs for a moment as an ephemeral container of
# the member's own Pod: its image, its user, its certificates, its volume and its address, which the others compare
# with its certificate. Argv only: the image may have no shell.
ledger_load
if ledger_beyond quiesced; then
  say "seeded before, by an earlier run"
  exit 0
fi
ledger_require quiesced
peer=$(ledger peer-url)
seed_data=$DATA_DIRECTORY/member.seed-$RESTORE_ID

# of_pod JSONPATH: of the member's etcd container in its Pod.
of_pod() { kc get pod "$MEMBER" -o jsonpath="{.spec.containers[?(@.name==\"$ETCD_CONTAINER\")]$1}"; }

quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

# What is said of the peers' certificates on the command line, in a shell's text there, or in the environment.
peer_file() { # FLAG VARIABLE DEFAULT
  named=$(printf '%s\n' "$words" | sed -n -e "s/^--$1=//p" -e "s/^$2=//p" | head -n 1)
  [ -n "$named" ] || named=$(printf '%s\n' "$words" | grep -x -A 1 -e "--$1" | sed -n 2p)
  printf '%s' "${named:-$3}"
}

# "NAME=URL,..." of the others as etcd lists them, and of the new member.
initial_cluster() {
  printf '%s\n' "$list" | awk -v name="$MEMBER" -v peer="$peer" -v old="$(ledger old-member)" '
    $4 == peer || $1 == old { next }
    { count = split($4, urls, ","); for (n = 1; n <= count; n++) printf "%s=%s,", $3, urls[n] }
    END { printf "%s=%s", name, peer }'
}

# One argument a line. It listens nowhere but on loopback, where nobody knows the port, and needs no more than to call
# the others; no quota of its own may raise an alarm, and no snapshot of its own may make its log incomplete.
seed_arguments() {
  printf '%s\n' "--name=$MEMBER" "--data-dir=$seed_data" --initial-cluster-state=existing "--initial-cluster=$(initial_cluster)" \
    "--initial-advertise-peer-urls=$peer" "--advertise-client-urls=$(printf '%s\n' "$ETCD_ENDPOINTS" | tr ',' '\n' | grep -F "//$MEMBER.")" \
    "--listen-peer-urls=https://127.0.0.1:0" "--listen-client-urls=https://127.0.0.1:0" \
    "--trusted-ca-file=$ETCD_CA" "--cert-file=$ETCD_CERTIFICATE" "--key-file=$ETCD_KEY" --client-cert-auth \
    "--peer-trusted-ca-file=$(peer_file peer-trusted-ca-file ETCD_PEER_TRUSTED_CA_FILE "$ETCD_CA")" \
    "--peer-cert-file=$(peer_file peer-cert-file ETCD_PEER_CERT_FILE "$ETCD_CERTIFICATE")" \
    "--peer-key-file=$(peer_file peer-key-file ETCD_PEER_KEY_FILE "$ETCD_KEY")" --peer-client-cert-auth \
    --quota-backend-bytes=-1 --snapshot-count=1000000000
}

seed_container() {
  program=$(of_pod '.command[0]')
  case $program in etcd | */etcd) ;; *) program=etcd ;; esac
  command=$(quoted "$program")
  arguments=$(seed_arguments)
  while read -r argument; do command="$command,$(quoted "$argument")"; done << END
$arguments
END
  security=$(of_pod .securityContext)
  printf '{"name":"%s","image":"%s","imagePullPolicy":"%s","command":[%s],"volumeMounts":%s,"securityContext":%s}' \
    "$seed" "$(of_pod .image)" "$(of_pod .imagePullPolicy)" "$command" "$(of_pod .volumeMounts)" "${security:-null}"
}

seeds() { kc get pod "$MEMBER" --ignore-not-found -o jsonpath='{.spec.ephemeralContainers[*].name}'; }

# The kubelet writes to the Pod as well: then once more.
add_seed() {
  case " $(seeds) " in *" $seed "*) return 0 ;; esac
  container=$(seed_container)
  kc get pod "$MEMBER" -o json | kubectl patch --local -f - -p "{\"spec\":{\"ephemeralContainers\":[$container]}}" -o json |
    kc replace --raw "/api/v1/namespaces/$NAMESPACE/pods/$MEMBER/ephemeralcontainers" -f - > /dev/null
}

seed_ended() { kc get pod "$MEMBER" -o jsonpath="{.status.ephemeralContainerStatuses[?(@.name==\"$seed\")].state.terminated.exitCode}"; }

# Ends the wait: the log is there, or the seed has failed.
seed_settled() {
  answer=$(in_utility "$MEMBER" seeded.sh < /dev/null) || return 1
  [ "$answer" = waiting ] || return 0
  ended=$(seed_ended) || return 1
  [ -n "$ended" ]
}

utility_load
if [ "$(in_utility "$MEMBER" seeded.sh < /dev/null)" = waiting ]; then
  list=$(member_list) || die "etcd does not say which members it has" "'pulumi up' tries again."
  # An earlier try's container cannot be taken out of its Pod.
  if [ -n "$(seeds)" ]; then end_pod; fi
  wait_for_pod
  words=$(kc get pod "$MEMBER" -o go-template='{{range .spec.containers}}{{if eq .name "'"$ETCD_CONTAINER"'"}}{{range .command}}{{.}} {{end}}{{range .args}}{{.}} {{end}}{{range .env}}{{.name}}={{.value}} {{end}}{{end}}{{end}}' | tr -s " \"'" '\n')
  seed=etcd-recovery-seed-$(date +%s)
  POLL_INTERVAL=1 poll 30 add_seed || die "$MEMBER: no container could be added to its Pod (see above)" "'pulumi up' tries again."
  poll 180 seed_settled || answer=waiting
  if [ "$answer" = waiting ]; then
    die "$MEMBER: its seed has not begun: $(kc logs "$MEMBER" -c "$seed" --tail=3 2>&1)" \
      "Look: kubectl --namespace $NAMESPACE describe pod $MEMBER; then 'pulumi up' tries again."
  fi
fi
# Ends the seed, too.
end_pod
say "$MEMBER: seeded as $(ledger new-member)"
