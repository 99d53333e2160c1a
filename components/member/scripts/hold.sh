# Puts the member's data aside and blocks its place, so that its own etcd can only fail. Safe to repeat.
# Between the two renames an etcd may start on the empty volume: what it leaves is put aside as well.
. "${0%/*}/volume.sh"
. "${0%/*}/block.sh"
lock_volume
not_undone "nothing is held"
if ! marked swapped; then
  attempt=0
  until blocked; do
    [ "$attempt" -lt 5 ] || die "an etcd writes to $live again and again"
    attempt=$((attempt + 1))
    if [ -e "$live" ] && [ ! -e "$previous" ] && ! marked no-previous; then
      mv "$live" "$previous"
    elif [ -e "$live" ]; then
      put_aside stranger
    elif [ ! -e "$previous" ] && ! marked no-previous; then
      : | mark no-previous
    fi
    block
  done
  if [ ! -d "$seed" ]; then
    mkdir "$seed"
    as_found "$seed"
  fi
  settle
fi
printf 'held\n'
