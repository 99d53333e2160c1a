# Verifies what the capture step saved, writes its manifest, and puts both into the store.
# Result: "snapshot PATH", "manifest PATH", "revision N".
set -eu
exec node "$ETCD_RECOVERY_CLI" backup seal --cluster "$CLUSTER" --profile "$PROFILE" --generation "$GENERATION" \
  --members "$MEMBERS" --staging "$STAGING" --directory "$DIRECTORY"
