#!/bin/sh
# Ruins a control plane's machine: garbage over etcd's database and log, keys and certificates gone.
# In:  $1 etcd's data directory, $2 directory of keys and certificates.  Result: "ruined FILES".
set -eu
[ -d "$1/member" ] || { echo "$1 holds no etcd data" >&2; exit 1; }
rm -rf "${2:?}"
count=0
for file in "$1"/member/snap/db "$1"/member/wal/*.wal; do
  size=$(stat -c %s "$file")
  head -c "$size" /dev/urandom | dd of="$file" conv=notrunc,fsync bs=1M 2> /dev/null
  count=$((count + 1))
done
# A running etcd answers from memory for a long time.
pkill -KILL -x etcd || true
printf 'ruined %s\n' "$count"
