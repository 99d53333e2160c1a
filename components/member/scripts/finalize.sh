# Removes what a restore put aside on this volume, and what else it may have left that is large. Its marks stay: by
# them a utility Pod of it that comes back ends.
# In:  $2 id of that restore.  Result: "freed BYTES", as counted in blocks of the file system.
. "${0%/*}/volume.sh"
from=$2
its=$data/.etcd-recovery/$from

# What is there of these; the shell leaves a pattern that fits nothing as it is.
leftovers() {
  for left in "$its/removed" "$its/restored" "$its/restored.part" "$its/undone-data" "$its"/snapshot.db* "$its"/etcdutl*; do
    if [ -e "$left" ]; then printf '%s\n' "${left#"$its"/}"; fi
  done
}

lock_volume
# Names of one component alone: what is removed recursively was put aside here.
case $from in '' | .* | */*) die "no id of a restore: $from" ;; esac
{ [ -s "$live/snap/db" ] && head -c 1 "$live/snap/db" > /dev/null; } ||
  die "$live holds no data that can be read: what restore $from put aside may be all that there is, and stays"
mkdir -p "$its"
# Renamed first: half of a directory must never look like something to go back to.
if [ -e "$data/member.pre-$from" ]; then
  rm -rf "$its/removed"
  mv "$data/member.pre-$from" "$its/removed"
fi
freed=0
for name in $(leftovers); do
  freed=$((freed + $(du -sk "$its/$name" | cut -f 1) * 1024))
  rm -rf "${its:?}/$name"
done
rmdir "$its" 2> /dev/null || true
settle
printf 'freed %s\n' "$freed"
