# Says what this volume and this image can do, one fact a line. Changes nothing.
#   phase      new | received | staged | swapped | undone | over
#   tool       etcdutl | etcdctl | none   (what can restore with a revision bump)
#   codec      zstd | gzip | none         (what can unpack a stream)
#   available  bytes that a new file can take on the volume

can_bump() { "$@" snapshot restore --help 2>&1 | grep -q -e '--bump-revision'; }

phase=new
for reached in received staged swapped undone over; do
  if marked "$reached"; then phase=$reached; fi
done

tool=none
if can_bump etcdutl; then tool=etcdutl; elif can_bump env ETCDCTL_API=3 etcdctl; then tool=etcdctl; fi

codec=none
if command -v zstd > /dev/null; then codec=zstd; elif command -v gzip > /dev/null; then codec=gzip; fi

printf 'phase %s\n' "$phase"
printf 'tool %s\n' "$tool"
printf 'codec %s\n' "$codec"
printf 'available %s\n' "$(($(df -Pk "$data" | awk 'NR == 2 { print $4 }') * 1024))"
