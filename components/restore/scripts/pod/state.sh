# Says what this volume and this image can do, one fact a line. Changes nothing.
#   phase      new | received | staged | swapped | undone | over
#   bump       revision bump of what is staged; absent before
#   tool       etcdutl | etcdctl | none   (what can restore with a revision bump)
#   tool-version  of that tool, e.g. 3.6.14; unknown
#   codec      zstd | gzip | none         (what can unpack a stream)
#   available  bytes that a new file can take on the volume

phase=new
for reached in received staged swapped undone over; do
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

printf 'phase %s\n' "$phase"
if marked staged; then grep '^bump ' "$work/staged" || true; fi
printf 'tool %s\ntool-version %s\n' "$tool" "${version:-unknown}"
printf 'codec %s\n' "$codec"
printf 'available %s\n' "$(available)"
