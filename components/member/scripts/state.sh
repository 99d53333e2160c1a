# Says what this volume and this image can do, one fact a line. Changes nothing.
#   phase      new | received | staged | swapped | undone | over, by what is there
#   sha256     of the snapshot that was received or staged; absent before
#   bump       revision bump of what is staged; absent before
#   tool       etcdutl | etcdctl | none   (what can restore with a revision bump)
#   tool-version  of that tool, e.g. 3.6.14; unknown
#   codec      zstd | gzip | none         (what can unpack a stream)
#   fixed      link PATH | mount PATH     (the first part of the live data that a rename of it leaves behind)
#   available  bytes that a new file can take on the volume
#   total      bytes of the volume
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
. "${0%/*}/tool.sh"

phase=new
if is_received; then phase=received; fi
if is_staged; then phase=staged; fi
for reached in swapped undone over; do
  if marked "$reached"; then phase=$reached; fi
done

tool=none
version=
if can_bump etcdutl; then
  tool=etcdutl
  version=$(version_of etcdutl)
elif can_bump env ETCDCTL_API=3 etcdctl; then
  tool=etcdctl
  version=$(version_of env ETCDCTL_API=3 etcdctl)
fi

codec=none
if command -v zstd > /dev/null; then codec=zstd; elif command -v gzip > /dev/null; then codec=gzip; fi

# A mount in the live data stays where it is when that is renamed, and comes back there with the machine's next start; nor
# does what a link leads to go along.
fixed() {
  for path in "$live" "$live/wal" "$live/snap"; do
    if [ -L "$path" ]; then printf 'fixed link %s\n' "$path"; fi
  done
  if [ ! -d "$live" ] || [ ! -r "${MOUNTS:=/proc/self/mountinfo}" ]; then return 0; fi
  at=$(cd "$live" && pwd -P | sed 's/ /\\040/g')
  while read -r _ _ _ _ path _; do
    case $path in "$at" | "$at"/*) printf 'fixed mount %s\n' "$live${path#"$at"}" ;; esac
  done < "$MOUNTS"
}

printf 'phase %s\n' "$phase"
if is_staged; then
  grep -e '^sha256 ' -e '^bump ' "$work/staged" || true
elif is_received; then
  grep '^sha256 ' "$work/received" || true
fi
printf 'tool %s\ntool-version %s\n' "$tool" "${version:-unknown}"
printf 'codec %s\n' "$codec"
fixed | head -n 1
printf 'available %s\ntotal %s\n' "$(available)" "$(total)"
