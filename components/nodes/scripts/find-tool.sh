# Sees that an etcdutl is at hand: the machine's own, else a copy of the one in etcd's image, which the runtime has. It is
# kept in root's own directory until the restore is over.  In:  $1 etcd's container, $2 etcd's image.
# Result: "tool PATH", "tool none". Never fails for a tool that is not there.
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
choose_asked
inside=usr/local/bin/etcdutl

# Whole or not at all: its callers ask, so that no failure ends it.
keep() {
  make_state && mkdir -p "$tools" && rm -f "$tools"/.etcdutl.* || return 1
  if cp "$1" "$tools/.etcdutl.$$" && chmod 700 "$tools/.etcdutl.$$" && mv "$tools/.etcdutl.$$" "$tools/etcdutl"; then return 0; fi
  rm -f "$tools/.etcdutl.$$"
  return 1
}

from_running() {
  for id in $(instances "$1"); do
    root=$(root_of "$id") || continue
    if [ -x "$root/$inside" ] && keep "$root/$inside"; then return 0; fi
  done
  return 1
}

from_image() {
  [ "$asked" = ctr ] || return 1
  make_state
  mounted=$(mktemp -d "$state/image.XXXXXX")
  found=1
  if ctr -n k8s.io images mount "$1" "$mounted" < /dev/null > /dev/null 2>&1; then
    if [ -x "$mounted/$inside" ] && keep "$mounted/$inside"; then found=0; fi
    ctr -n k8s.io images unmount --rm "$mounted" < /dev/null > /dev/null 2>&1 || umount "$mounted" || true
  fi
  rmdir "$mounted" 2> /dev/null || true
  return "$found"
}

if command -v etcdutl > /dev/null; then
  printf 'tool %s\n' "$(command -v etcdutl)"
elif [ -x "$tools/etcdutl" ] || from_running "$1" || from_image "$2"; then
  printf 'tool %s\n' "$tools/etcdutl"
else
  printf 'tool none\n'
fi
