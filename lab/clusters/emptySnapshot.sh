#!/bin/sh
# emptySnapshot.sh DIRECTORY
# Saves DIRECTORY/empty.db, the snapshot of an etcd that nothing was ever written to. DIRECTORY must not exist.
set -eu
directory=$1
mkdir -m 700 "$directory"
etcd --data-dir "$directory/data" >"$directory/etcd.log" 2>&1 </dev/null &
etcd=$!
tries=0
until etcdctl snapshot save "$directory/empty.db" >/dev/null 2>&1 </dev/null; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ]; then
    tail -n 3 "$directory/etcd.log" >&2
    kill "$etcd"
    exit 1
  fi
  sleep 0.1
done
kill "$etcd"
wait "$etcd" || true
