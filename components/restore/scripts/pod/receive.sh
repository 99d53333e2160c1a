# Takes the snapshot from standard input and keeps it only when length and SHA-256 are as announced.
# In:  $2 bytes, $3 SHA-256 in hex, $4 codec of the stream (none | gzip | zstd).
# kubectl exec cuts a stream whose reader has closed its standard output and still says 0: this shell keeps
# its own open and answers with the digest.
bytes=$2
digest=$3
codec=$4

unpack() {
  case $codec in
    none) cat ;;
    gzip) gzip -dc ;;
    zstd) zstd -dcq ;;
    *) die "unknown codec: $codec" ;;
  esac
}

lock_volume
if marked undone; then die "restore $id was undone: choose a new restore id"; fi
if ! marked received && ! marked staged; then
  rm -f "$work"/snapshot.db*
  unpack > "$work/snapshot.db.part"
  got=$(size "$work/snapshot.db.part")
  if [ "$got" != "$bytes" ]; then
    rm -f "$work/snapshot.db.part"
    die "the snapshot arrived with $got bytes instead of $bytes: the stream was cut" 75
  fi
  got=$(sha256 "$work/snapshot.db.part")
  if [ "$got" != "$digest" ]; then
    rm -f "$work/snapshot.db.part"
    die "the snapshot arrived with SHA-256 $got instead of $digest" 75
  fi
  chmod 600 "$work/snapshot.db.part"
  mv "$work/snapshot.db.part" "$work/snapshot.db"
  printf '%s\n' "$digest" | mark received
fi
printf 'sha256 %s\n' "$digest"
