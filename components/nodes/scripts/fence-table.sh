# The fence around this machine's API server: a table of nftables, and the place of the API server's manifest while it
# stands. Both are in memory alone: a machine that is started anew has no fence, and starts no API server.
# Read after machine.sh.  In:  MEMORY_DIRECTORY  root's own, on a file system in memory
memory=$MEMORY_DIRECTORY

# Sets $tables: names of all that are ours, of whichever restore; none where there is no nft. Fails when nft does not say.
find_tables() {
  tables=
  command -v nft > /dev/null || return 0
  tables=$(timeout 30 nft list tables < /dev/null) || return 1
  tables=$(printf '%s\n' "$tables" | sed -n 's/^table inet \(etcd-recovery-[-a-z0-9]*\)$/\1/p')
}

# The same, where a fence may stand: nothing is taken for none.
demand_tables() { find_tables || die "nft does not say whether a fence stands (see above): look there: nft list tables"; }

# stands NAME: whether it is one of $tables.
stands() {
  for its in $tables; do
    if [ "$its" = "$1" ]; then return 0; fi
  done
  return 1
}

# rules NAME PORT: connections from the machine itself to its loopback pass, the API server's own among them; of all
# others the port looks closed. What goes to the machine's address does not pass: the kubelet, and Pods on its network.
rules() {
  printf 'table inet %s {\nchain input {\ntype filter hook input priority -300; policy accept;\n' "$1"
  printf 'iif "lo" ip daddr 127.0.0.0/8 tcp dport %s accept\niif "lo" ip6 daddr ::1 tcp dport %s accept\n' "$2" "$2"
  printf 'tcp dport %s reject with tcp reset\n}\n}\n' "$2"
}

# removal: what removes all of $tables.
removal() { for its in $tables; do printf 'delete table inet %s\n' "$its"; done; }

# behind NAME: whether that manifest lies behind the fence.
behind() {
  [ -L "$manifests/$1" ] || return 1
  case $(readlink "$manifests/$1") in "$memory"/*) return 0 ;; *) return 1 ;; esac
}

# take_away_fence: nothing is left of it, of $tables neither, and nothing starts that was behind it.
take_away_fence() {
  for one in "$manifests"/*; do
    if behind "${one##*/}"; then rm -f "$one"; fi
  done
  rm -rf "$memory"
  [ -z "$tables" ] || removal | timeout 30 nft -f -
}
