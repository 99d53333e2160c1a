# Gives the member the seed's log, then takes the block away. Safe to repeat, from every point between.
# The log alone says who the member is; with it the member's etcd ignores its flags for a new cluster and fetches
# everything else from the others. It comes before the block goes: there is no moment at which an etcd could found
# a cluster of its own.
. "${0%/*}/volume.sh"
. "${0%/*}/block.sh"
lock_volume
not_undone "nothing is swapped"
if ! marked swapped; then
  if [ -d "$live/wal" ] && [ ! -e "$seed/member/wal" ]; then
    : # an earlier run came as far as this
  else
    blocked || die "$live is not held: run the step before again"
    [ -e "$seed/member/wal" ] || die "no seed on this volume: run the step before again"
    if is_held "$seed/member/snap/db"; then
      die "the seed still runs on $seed"
    fi
    mv "$seed/member/wal" "$live/wal"
    settle
  fi
  if blocked; then rm "$live/snap"; fi
  rm -rf "$seed" "$work/stranger"
  : | mark swapped
fi
printf 'swapped\n'
end_main
