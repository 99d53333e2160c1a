# Takes the snapshot from standard input and keeps it only when it is the announced one.
# In:  $2 bytes, $3 SHA-256 in hex, $4 codec of the stream (none | gzip | zstd), $5 the 32 bytes at the snapshot's end in
#      hex; without $5 it has no digest of its own.
# Where $5 is given, its end and its length are compared here, and staging lets the tool prove all before the end
# against it: the disk is spared one reading, and the Pod a slow sha256sum. Nor is the file made durable; what a loss
# of power takes from it, staging finds. Without $5 everything is hashed here, and durable.
# What is here of another snapshot is forgotten; once that one is swapped, this one is refused with 76.
# kubectl exec cuts a stream whose reader has closed its standard output and still says 0: this shell keeps
# its own open and answers with the digest.
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
bytes=$2
digest=$3
codec=$4
end=${5:-}

unpack() {
  case $codec in
    none) cat ;;
    gzip) gzip -dc ;;
    zstd) zstd -dcq ;;
    *) die "unknown codec: $codec" ;;
  esac
}

refuse() {
  rm -f "$work/snapshot.db.part"
  die "the snapshot arrived with $1" 75
}

lock_volume
not_undone "choose a new restore id"
keep_only "$digest"
if ! is_received && ! is_staged; then
  rm -f "$work"/snapshot.db*
  # A full disk, or a packed stream that ends too early.
  unpack > "$work/snapshot.db.part" || refuse "an error (see above) after $(size "$work/snapshot.db.part") bytes"
  got=$(size "$work/snapshot.db.part")
  [ "$got" = "$bytes" ] || refuse "$got bytes instead of $bytes: the stream was cut"
  if [ -n "$end" ]; then
    got=$(trailer "$work/snapshot.db.part")
    [ "$got" = "$end" ] || refuse "$got at its end instead of $end"
  else
    got=$(sha256 "$work/snapshot.db.part")
    [ "$got" = "$digest" ] || refuse "SHA-256 $got instead of $digest"
    settle "$work/snapshot.db.part"
  fi
  chmod 600 "$work/snapshot.db.part"
  mv "$work/snapshot.db.part" "$work/snapshot.db"
  printf 'sha256 %s\nend %s\n' "$digest" "$end" | mark received
fi
printf 'sha256 %s\n' "$digest"
