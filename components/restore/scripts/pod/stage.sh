# Restores the received snapshot into a directory beside the live one, on the same file system.
# In:  $2 tool (etcdutl | etcdctl | path of an etcdutl), $3 member name, $4 initial cluster, $5 token, $6 peer URL, $7 revision bump,
#      $8 SHA-256 of the snapshot.
# The live directory is only looked at. Owner and mode are taken from it: etcd may not run as root.
tool=$2
member=$3
cluster=$4
token=$5
peer=$6
bump=$7
digest=$8

# What arrived is not the snapshot, or a loss of power took from it. Nothing of it is kept.
refuse() {
  rm -rf "$work/received" "$work/snapshot.db" "$work/restored.part"
  die "the received snapshot is not the announced one: $1" 75
}

restore() {
  case $tool in
    etcdctl) set -- env ETCDCTL_API=3 etcdctl ;;
    *) set -- "$tool" ;;
  esac
  set -- "$@" snapshot restore "$work/snapshot.db" --data-dir "$work/restored.part" \
    --name "$member" --initial-cluster "$cluster" --initial-cluster-token "$token" \
    --initial-advertise-peer-urls "$peer" --bump-revision "$bump" --mark-compacted
  end=$(sed -n 's/^end //p' "$work/received")
  if [ -n "$end" ]; then
    # The tool hashes what it has written and compares that with the end of what it has read.
    got=$(trailer "$work/snapshot.db")
    [ "$got" = "$end" ] || refuse "it ends with $got instead of $end"
  else
    set -- "$@" --skip-hash-check # there is nothing to compare with; on arrival all of it was hashed
  fi
  "$@" > "$work/restore.log" 2>&1 || not_restored
}

# A tool that panics ends its log with a stack: what it says of the reason stands above.
not_restored() {
  said=$(grep -i -e 'no space left' -e 'expected sha256' -e '^panic' -e '^error' -e fatal "$work/restore.log" | head -n 1 | cut -c 1-400)
  [ -n "$said" ] || said=$(tail -n 3 "$work/restore.log")
  case $said in *"expected sha256"*) refuse "$said" ;; esac
  die "$tool could not restore the snapshot: $said"
}

# The tool logs the id of the new cluster in hex; the same snapshot, names and token give the same id on every member.
cluster_id() { sed -n 's/.*"cluster-id": *"\([0-9a-f]*\)".*/\1/p' "$work/restore.log" | tail -n 1; }

# Whether a file of this pattern, with something in it, was restored.
has() {
  # shellcheck disable=SC2086 # a pattern is wanted
  set -- "$work/restored.part/member/"$1
  [ -s "$1" ]
}

as_found() {
  [ -d "$live" ] || return 0
  owner=$(stat -c '%u:%g' "$live")
  [ "$owner" = "$(stat -c '%u:%g' "$work/restored.part/member")" ] || chown -R "$owner" "$work/restored.part/member"
  chmod "$(stat -c '%a' "$live")" "$work/restored.part/member"
}

lock_volume
if marked undone; then die "restore $id was undone: choose a new restore id"; fi
if ! marked staged; then
  marked received || die "the snapshot has not arrived on this volume: run the transfer first"
  rm -rf "$work/restored" "$work/restored.part"
  restore
  for part in snap/db 'wal/*.wal'; do
    has "$part" || die "$tool left no member/$part: $(tail -n 3 "$work/restore.log")"
  done
  as_found
  settle "$work/restored.part" "$work/restored.part/member" "$work/restored.part/member"/* "$work/restored.part/member"/*/*
  mv "$work/restored.part" "$work/restored"
  rm -f "$work/snapshot.db" "$work/etcdutl"
  printf 'sha256 %s\ncluster %s\nbump %s\n' "$digest" "$(cluster_id)" "$bump" | mark staged
fi
cat "$work/staged"
