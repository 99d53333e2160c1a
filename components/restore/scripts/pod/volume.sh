# The member's volume as the utility Pod sees it, and the lock on it. Read by every script of this directory.
# In:  $1 restore id. DATA_DIRECTORY comes from the Pod (default /var/lib/etcd).
set -eu

id=$1
data=${DATA_DIRECTORY:-/var/lib/etcd}
work=$data/.etcd-recovery/$id  # everything of this restore, and the marks that say how far it came
live=$data/member              # what etcd serves
previous=$data/member.pre-$id  # what etcd served before
staged=$work/restored/member   # what etcd will serve

die() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

marked() { [ -e "$work/$1" ]; }

# A mark appears whole or not at all. Standard input is its content.
mark() {
  cat > "$work/.$1.$$"
  settle "$work/.$1.$$"
  mv "$work/.$1.$$" "$work/$1"
  settle "$data" "$data/.etcd-recovery" "$work"
}

# settle PATH...: these files, and the names in these directories, survive a loss of power. Path by path, since a sync
# of all would also write what is soon deleted, and what others keep on the same disk; where the image's sync knows no
# paths, it does all. That one never fails: what the disk says to the first is the only word about it.
settle() {
  if settled=$(LC_ALL=C sync "$@" 2>&1); then return 0; fi
  case $settled in
    *"nput/output error"* | *"o space left"* | *"ead-only file system"* | *"uota exceeded"*)
      die "the member's volume, $data, does not keep what is written: $(printf '%s\n' "$settled" | head -n 1)" ;;
  esac
  sync
}

# The digest alone; sha256sum of coreutils and of busybox print it first.
sha256() { sha256sum < "$1" | cut -d ' ' -f 1; }

# By the file's record: busybox's wc reads all of it.
size() { stat -c '%s' "$1"; }

# Bytes that a new file can take on the volume.
available() { printf '%s' $(($(df -Pk "$data" | awk 'NR == 2 { print $4 }') * 1024)); }

# The last 32 bytes in hex: in a snapshot, the SHA-256 of everything before them.
trailer() { tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n'; }

holder_lives() {
  if [ "${holder% *}" = "$(uname -n)" ]; then
    [ -d "/proc/${holder##* }" ]
  else
    # A process of another Pod cannot be seen from here: it lives as long as its Pod, and on doubt it does.
    case "${LIVING_PODS+ $LIVING_PODS }" in
      '' | *" ${holder% *} "*) ;;
      *) return 1 ;;
    esac
  fi
}

release_volume() { rm -rf "$work/lock"; }

# One script at a time works on a volume, also when the kubectl that started the other one was killed.
# mkdir is atomic everywhere; flock is not in every image. A holder that died without unlocking is replaced.
lock_volume() {
  { mkdir -p "$work" && chmod 700 "$data/.etcd-recovery" "$work"; } ||
    die "the member's volume, $data, takes no change (see above): look at its disk and how it is mounted"
  waited=0
  until mkdir "$work/lock" 2>/dev/null; do
    holder=$(cat "$work/lock/holder" 2>/dev/null || true)
    if [ -n "$holder" ] && ! holder_lives; then
      release_volume
      continue
    fi
    [ "$waited" -lt "${LOCK_SECONDS:-120}" ] ||
      die "another step works on this volume (holder: ${holder:-unknown}); wait for it, or delete that Pod"
    waited=$((waited + 1))
    sleep 1
  done
  printf '%s %s\n' "$(uname -n)" "$$" > "$work/lock/holder"
  trap release_volume EXIT
  trap 'exit 143' TERM INT HUP
}
