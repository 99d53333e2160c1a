#!/bin/sh
# importImages.sh DIRECTORY
# First process of namespaces of its own: imports every DIRECTORY/*.tar into a containerd whose data is DIRECTORY/root.
# Its mounts and processes end with it, so a killed import leaves only files.
set -eu
directory=$1
mount -n --make-rprivate /
mkdir -p "$directory/root" "$directory/run"
containerd --config "$directory/config.toml" --root "$directory/root" --state "$directory/run" \
  --address "$directory/run/containerd.sock" >"$directory/containerd.log" 2>&1 </dev/null &
containerd=$!
tries=0
until ctr --address "$directory/run/containerd.sock" version >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 600 ]; then
    echo "containerd did not answer within a minute; see $directory/containerd.log" >&2
    exit 1
  fi
  sleep 0.1
done
for archive in "$directory"/*.tar; do
  ctr --address "$directory/run/containerd.sock" --namespace k8s.io images import "$archive" >/dev/null </dev/null
done
kill "$containerd"
wait "$containerd" || true
