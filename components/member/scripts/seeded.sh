# Says whether the seed has written its log: "seeded", "waiting", or "adopted" when it is the member's already.
# etcd makes the log under another name and renames it, so one that is there is whole.
. "${0%/*}/volume.sh"
. "${0%/*}/block.sh"
if marked swapped || { [ -d "$live/wal" ] && [ ! -e "$seed/member/wal" ]; }; then
  printf 'adopted\n'
else
  set -- "$seed"/member/wal/*.wal
  if [ -e "$1" ]; then printf 'seeded\n'; else printf 'waiting\n'; fi
fi
