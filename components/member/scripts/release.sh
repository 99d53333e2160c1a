# The operation is over: clears what only it needed and lets the Pod end. The previous data stays.  Result: "released".
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
lock_volume
drop_staging
rm -rf "$work/undone-data" "$data/member.seed-$id" "$work/block" "$work/stranger"
marked over || : | mark over
printf 'released\n'
end_main
