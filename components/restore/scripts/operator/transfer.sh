# Streams the snapshot into one member's volume; the Pod keeps it only when it is the announced one.
# In: MEMBER BUMP SNAPSHOT SNAPSHOT_SIZE SNAPSHOT_SHA256, SNAPSHOT_END where the file has a digest of its own; for a roll-back,
# instead of the file SNAPSHOT, the database that restore ROLLBACK_ID put aside on the volume of SOURCE_MEMBER.
# Result: "sha256 HEX".

# The snapshot itself, also where the file is packed.
plain() {
  case $(head -c 4 "$SNAPSHOT" | od -An -v -tx1 | tr -d ' \n') in
    28b52ffd) zstd -dcq "$SNAPSHOT" ;;
    1f8b*) gzip -dc "$SNAPSHOT" ;;
    *) cat "$SNAPSHOT" ;;
  esac
}

pack() {
  case $1 in
    none) cat ;;
    gzip) gzip -1 -c ;;
    zstd) zstd -1 -cq ;;
  esac
}

# What both ends have; the admin cluster's API server is the narrow place of the way.
common_codec() {
  case $1 in
    zstd | gzip) if command -v "$1" > /dev/null; then printf '%s' "$1"; else printf none; fi ;;
    *) printf none ;;
  esac
}

await_utility
state=$(in_utility "$MEMBER" state.sh < /dev/null)
if [ "$(fact phase "$state")" = staged ] && [ "$(fact bump "$state")" != "$BUMP" ]; then
  # By a run that ended before the ledger; the cluster has gone on since, and another bump was computed.
  in_utility "$MEMBER" restage.sh "$BUMP" < /dev/null
  state=$(in_utility "$MEMBER" state.sh < /dev/null)
fi
used_before() {
  refuse "restore.id: $RESTORE_ID was used before on the volume of $MEMBER" "pulumi config set --path restore.id $RESTORE_ID-2"
}

case $(fact phase "$state") in
  new | received | staged) ;;
  swapped)
    # By an earlier run of this restore, when its ledger is open.
    ledger_load
    [ "$(ledger id)" = "$RESTORE_ID" ] || used_before
    say "$MEMBER: swapped before, by an earlier run"
    printf 'sha256 %s\n' "$SNAPSHOT_SHA256"
    exit 0
    ;;
  *) used_before ;;
esac

# The stream, the restored database and its first WAL of 64 MB, beside the live data.
needed=$((2 * SNAPSHOT_SIZE + 67108864))
available=$(fact available "$state")
if [ "$(fact phase "$state")" = new ] && [ "$available" -lt "$needed" ]; then
  refuse "member $MEMBER: its volume has $available bytes free, staging needs $needed" "Enlarge PersistentVolumeClaim $DATA_CLAIM-$MEMBER, or remove old member.pre-* directories."
fi

codec=$(common_codec "$(fact codec "$state")")
send() {
  if [ -z "${SOURCE_MEMBER:-}" ]; then
    plain | pack "$codec" | in_utility "$MEMBER" receive.sh "$SNAPSHOT_SIZE" "$SNAPSHOT_SHA256" "$codec" ${SNAPSHOT_END:+"$SNAPSHOT_END"}
  elif [ "$SOURCE_MEMBER" = "$MEMBER" ]; then
    codec=none
    in_utility "$MEMBER" copy-previous.sh "$ROLLBACK_ID" "$SNAPSHOT_SIZE" "$SNAPSHOT_SHA256" none < /dev/null
  else
    # Packed at one end and unpacked at the other; one image serves both.
    in_utility "$SOURCE_MEMBER" send-previous.sh "$ROLLBACK_ID" "$codec" < /dev/null |
      in_utility "$MEMBER" receive.sh "$SNAPSHOT_SIZE" "$SNAPSHOT_SHA256" "$codec"
  fi
}

# A cut stream is a fault of the way, not of the file: three tries.
attempt=1
until answer=$(send); do
  [ "$attempt" -lt 3 ] || die "member $MEMBER: the snapshot did not arrive whole in $attempt tries" "Look at the network to the admin cluster, then 'pulumi up' goes on."
  say "member $MEMBER: try $attempt failed, once more"
  attempt=$((attempt + 1))
  sleep 1
done
[ "$(fact sha256 "$answer")" = "$SNAPSHOT_SHA256" ] || die "member $MEMBER: the Pod answered '$answer' instead of SHA-256 $SNAPSHOT_SHA256"
say "$MEMBER: received $SNAPSHOT_SIZE bytes ($codec on the wire)"
printf 'sha256 %s\n' "$SNAPSHOT_SHA256"
