# The member's volume in a repair. Read after volume.sh by the scripts of this directory.
seed=$data/member.seed-$id # a data directory for the new member's first moment; its owner must be able to write there

# While a member is replaced, its own Pod is started again and again by the kubelet, with flags for a new cluster:
# on an empty directory it would found one. A regular file where etcd needs the directory member/snap makes every
# version of it fail before it reads or writes anything.
blocked() { [ -f "$live/snap" ]; }

# Owner and mode as etcd's own directory has them, or its volume: etcd may not run as root.
as_found() {
  model=$data
  for found in "$previous" "$live"; do
    if [ -d "$found" ]; then
      model=$found
      break
    fi
  done
  chown "$(stat -c '%u:%g' "$model")" "$@"
  chmod "$(stat -c '%a' "$model")" "$1"
}

# A block appears whole.
block() {
  rm -rf "$work/block"
  mkdir "$work/block"
  printf 'held by etcd-recovery, restore %s\n' "$id" > "$work/block/snap"
  as_found "$work/block" "$work/block/snap"
  settle
  mv "$work/block" "$live"
}

# put_aside NAME: what is live becomes $work/NAME.
put_aside() {
  rm -rf "${work:?}/$1"
  mv "$live" "$work/$1"
}
