# Restores the snapshot beside one member's live data.
# In: MEMBER PEER_URL INITIAL_CLUSTER CLUSTER_TOKEN BUMP SNAPSHOT_SHA256.  Result: "sha256 HEX", "cluster HEX".
utility_load
tool=$(fact tool "$(in_utility "$MEMBER" state.sh < /dev/null)")
[ "$tool" != none ] ||
  die "utilityImage: neither etcdutl >= 3.5.10 nor etcdctl >= 3.4.27 in $UTILITY_IMAGE: nothing there can bump the revision" \
    "pulumi config set utilityImage IMAGE   (one with etcdutl of the server's version)"
in_utility "$MEMBER" stage.sh "$tool" "$MEMBER" "$INITIAL_CLUSTER" "$CLUSTER_TOKEN" "$PEER_URL" "$BUMP" "$SNAPSHOT_SHA256" < /dev/null || {
  code=$?
  [ "$code" != 75 ] || die "member $MEMBER: what is on its volume is not the snapshot that was sent (see above); nothing of it was kept" \
    "Nothing is changed yet. Send it anew under another id: pulumi config set --path restore.id $RESTORE_ID-2"
  exit "$code"
}
say "$MEMBER: staged with $tool"
