# Restores the received snapshot into a directory beside the live one, on the same file system.
# In:  $2 tool (etcdutl | etcdctl | path of an etcdutl), $3 member name, $4 initial cluster, $5 token, $6 peer URL, $7 revision bump,
#      $8 SHA-256 of the snapshot.
# What was staged of another snapshot or with another bump is staged anew; once another snapshot is swapped, refuses with
# 76. Ends with 77 when the snapshot has to be sent (again) first, with 78 when the volume is too small.
# Result: what is staged: "sha256 HEX", "cluster HEX", "bump N".
# The live directory is only looked at. Owner and mode are taken from it: etcd may not run as root.
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
. "${0%/*}/tool.sh"
tool=$2
member=$3
cluster=$4
token=$5
peer=$6
bump=$7
digest=$8

# What arrived is not the snapshot, or a loss of power took from it. Nothing of it is kept.
refuse() {
  forget_staging
  die "the received snapshot is not the announced one: $1" 75
}

restorer() {
  case $tool in
    etcdctl) env ETCDCTL_API=3 etcdctl "$@" ;;
    *) "$tool" "$@" ;;
  esac
}

restore() {
  end=$(sed -n 's/^end //p' "$work/received")
  if [ -n "$end" ]; then
    # The tool hashes what it has written and compares that with the end of what it has read.
    got=$(trailer "$work/snapshot.db")
    [ "$got" = "$end" ] || refuse "it ends with $got instead of $end"
    set --
  else
    set -- --skip-hash-check # there is nothing to compare with; on arrival all of it was hashed
  fi
  # Not straight into a file on the volume: of a disk that fails, the reason would be lost with the rest.
  failed=
  log=$(restorer snapshot restore "$work/snapshot.db" --data-dir "$work/restored.part" \
    --name "$member" --initial-cluster "$cluster" --initial-cluster-token "$token" \
    --initial-advertise-peer-urls "$peer" --bump-revision "$bump" --mark-compacted "$@" 2>&1) || failed=1
  { printf '%s\n' "$log" > "$work/restore.log"; } 2> /dev/null || true
  [ -z "$failed" ] || not_restored
}

# A tool that panics ends its log with a stack: what it says of the reason stands above.
not_restored() {
  said=$(printf '%s\n' "$log" | grep -i -e 'no space left' -e 'read-only file system' -e 'input/output error' -e 'expected sha256' -e '^panic' -e '^error' -e fatal |
    head -n 1 | cut -c 1-400)
  [ -n "$said" ] || said=$(log_end)
  case $said in *"expected sha256"*) refuse "$said" ;; esac
  clear_part
  case $said in *[Nn]"o space left"*) said="$said; $(space)" ;; esac
  die "$tool could not restore the snapshot: $said"
}

log_end() { printf '%s\n' "$log" | tail -n 3; }

# Half of a directory is of no use, and keeps the space that a second try needs. A disk that takes no change keeps it.
clear_part() { rm -rf "$work/restored.part" 2> /dev/null || true; }

# The database, and etcd's first log of 64 MB.
needed() { printf '%s' $(($(size "$work/snapshot.db") + 67108864)); }

space() { printf 'restoring needs %s bytes beside what is on the volume, which has %s free' "$(needed)" "$(available)"; }

# The control plane may still serve from this volume, and stops when nothing is left of it: 64 MiB must stay free, or
# 5 % where that is less. A volume that is too small keeps nothing of what was sent.
check_space() {
  margin=$(($(total) / 20))
  [ "$margin" -lt 67108864 ] || margin=67108864
  if [ $(($(available) - $(needed))) -lt "$margin" ]; then
    said="$(space); $margin must stay free"
    drop_staging
    forget_staging
    die "$said: enlarge it, or remove old member.pre-* directories" 78
  fi
}

# A tool that ends with 0 has not proved anything: what etcd starts from must be there, and whole.
check_complete() {
  restored=$work/restored.part/member
  if [ ! -f "$restored/snap/db" ]; then
    incomplete "no member/snap/db"
  elif [ "$(size "$restored/snap/db")" -lt $(($(size "$work/snapshot.db") - 32)) ]; then
    # It is the snapshot without its digest, and bolt never shortens a file.
    incomplete "a member/snap/db of $(size "$restored/snap/db") bytes from a snapshot of $(size "$work/snapshot.db")"
  elif ! any_filled "$restored"/wal/*.wal; then
    incomplete "no log in member/wal"
  elif needs_raft_snapshot && ! any_filled "$restored"/snap/*.snap; then
    incomplete "no raft snapshot in member/snap"
  elif [ -z "$(cluster_id)" ]; then
    incomplete "no id of a cluster in its log"
  fi
}

incomplete() {
  clear_part
  die "$tool ended without an error and left $1: $(log_end)"
}

any_filled() {
  for file in "$@"; do
    if [ -s "$file" ]; then return 0; fi
  done
  return 1
}

# Up to etcd 3.7 a member's first log begins at such a file; 3.8 neither writes nor reads it.
needs_raft_snapshot() {
  case $(version_of restorer) in
    3.[89] | 3.[89].* | 3.[1-9][0-9]* | [4-9].*) return 1 ;;
  esac
}

# The tool logs the id of the new cluster in hex; the same snapshot, names and token give the same id on every member.
cluster_id() { printf '%s\n' "$log" | sed -n 's/.*"cluster-id": *"\([0-9a-f]*\)".*/\1/p' | tail -n 1; }

# Where a member has lost its data, the volume itself says whose it is. One that root holds for a group, as Kubernetes
# makes it for an etcd of that group, is opened for the group.
as_found() {
  model=$data
  if [ -d "$live" ]; then model=$live; fi
  owner=$(stat -c '%u:%g' "$model")
  [ "$owner" = "$(stat -c '%u:%g' "$work/restored.part/member")" ] || chown -R "$owner" "$work/restored.part/member"
  if [ -d "$live" ]; then
    chmod "$(stat -c '%a' "$live")" "$work/restored.part/member"
  else
    case $owner in 0:0) ;; 0:*) chmod -R g+rwX "$work/restored.part/member" ;; esac
  fi
}

lock_volume
not_undone "choose a new restore id"
keep_only "$digest" "$bump"
if ! is_staged; then
  is_received || die "the snapshot has not arrived on this volume: run the transfer first" 77
  rm -rf "$work/restored" "$work/restored.part"
  check_space
  restore
  check_complete
  as_found
  settle "$work/restored.part" "$work/restored.part/member" "$work/restored.part/member"/* "$work/restored.part/member"/*/*
  mv "$work/restored.part" "$work/restored"
  printf 'sha256 %s\ncluster %s\nbump %s\n' "$digest" "$(cluster_id)" "$bump" | mark staged
fi
rm -rf "$work"/snapshot.db* "$work"/etcdutl*
cat "$work/staged"
