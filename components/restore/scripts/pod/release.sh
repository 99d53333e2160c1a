# The restore is over: clears what only the restore needed and lets the Pod end. The previous data stays.
lock_volume
rm -rf "$work/snapshot.db" "$work/restored" "$work/restored.part" "$work/undone-data" "$work"/etcdutl*
marked over || : | mark over
printf 'released\n'
