# The repair is over: clears what only it needed and lets the Pod end. The previous data stays.
lock_volume
rm -rf "$seed" "$work/block" "$work/stranger" "$work/undone-data"
marked over || : | mark over
printf 'released\n'
