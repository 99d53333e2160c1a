# Restores the snapshot beside one member's live data.
# In: MEMBER PEER_URL INITIAL_CLUSTER CLUSTER_TOKEN BUMP SNAPSHOT_SHA256, and what tool.sh reads.
# Result: "sha256 HEX", "cluster HEX", "bump N".
utility_load
state=$(in_utility "$MEMBER" state.sh < /dev/null)
case $(fact phase "$state") in
  new | received) choose_tool "$state" ;;
  *) # nothing is left to be restored: the Pod answers from its marks
    tool=none
    tool_reason="an earlier run" ;;
esac
in_utility "$MEMBER" stage.sh "$tool" "$MEMBER" "$INITIAL_CLUSTER" "$CLUSTER_TOKEN" "$PEER_URL" "$BUMP" "$SNAPSHOT_SHA256" < /dev/null || {
  code=$?
  [ "$code" != 75 ] || refuse "member $MEMBER: what is on its volume is not the snapshot that was sent (see above); nothing of it was kept" \
    "Send it anew under another id: pulumi config set --path restore.id $RESTORE_ID-2"
  exit "$code"
}
say "$MEMBER: staged by $tool_reason"
