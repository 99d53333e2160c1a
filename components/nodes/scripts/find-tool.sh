# Sees that an etcdutl is at hand: the machine's own, else a copy of the one in etcd's image, which the runtime has. It is
# kept in root's own directory until the restore is over.  In:  $1 etcd's container, $2 etcd's image.
# Result: "tool PATH", "tool none". Never fails for a tool that is not there; for a runtime that does not answer it does.
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
choose_asked
inside=usr/local/bin/etcdutl

mark=etcd-recovery-tool

# keep COMMAND...: what this copies to the path that is given to it last. Whole or not at all: its callers ask, so that no
# failure ends it.
keep() {
  make_state && mkdir -p "$tools" && rm -f "$tools"/.etcdutl.* || return 1
  if "$@" "$tools/.etcdutl.$$" && chmod 700 "$tools/.etcdutl.$$" && mv "$tools/.etcdutl.$$" "$tools/etcdutl"; then return 0; fi
  rm -f "$tools/.etcdutl.$$"
  return 1
}

from_running() {
  ids=$(instances "$1") || exit
  for id in $ids; do
    root=$(root_of "$id") || continue
    if [ -x "$root/$inside" ] && keep cp "$root/$inside"; then return 0; fi
  done
  return 1
}

# close_images: nothing stays of how an image is read, by this script or by one that was killed.
close_images() {
  for mounted in "$state"/image.*; do
    [ -d "$mounted" ] || continue
    bounded ctr -n k8s.io images unmount --rm "$mounted" > /dev/null 2>&1 || umount "$mounted" || true
    rmdir "$mounted" 2> /dev/null || true
  done
  [ "$reads" = docker ] || return 0
  for id in $(bounded docker ps -aq --filter "label=$mark" 2> /dev/null); do
    bounded docker rm -f "$id" > /dev/null || true
  done
}

# Of CRI's runtimes none shows an image's files: there is only what runs.
from_image() {
  case $asked:$endpoint in ctr:*) reads=ctr ;; docker:* | crictl:*docker*) reads=docker ;; *) return 1 ;; esac
  make_state
  close_images
  trap close_images EXIT
  trap 'exit 1' HUP INT TERM
  if [ "$reads" = docker ]; then from_docker "$1"; else from_containerd "$1"; fi
}

from_containerd() {
  mounted=$(mktemp -d "$state/image.XXXXXX")
  bounded ctr -n k8s.io images mount "$1" "$mounted" > /dev/null 2>&1 || return 1
  [ -x "$mounted/$inside" ] && keep cp "$mounted/$inside"
}

# A container that is never started. Docker would ask a registry for an image that is not there.
from_docker() {
  bounded docker image inspect "$1" > /dev/null 2>&1 || return 1
  made=$(bounded docker create --label "$mark" --network none "$1" none) || return 1
  keep bounded docker cp -L "$made:/$inside" > /dev/null
}

if command -v etcdutl > /dev/null; then
  printf 'tool %s\n' "$(command -v etcdutl)"
elif [ -x "$tools/etcdutl" ] || from_running "$1" || from_image "$2"; then
  printf 'tool %s\n' "$tools/etcdutl"
else
  printf 'tool none\n'
fi
