#!/bin/sh
# What the documentation has an operator do in one utility Pod, by script: the snapshot comes in by kubectl cp, which
# is a tar archive in a pipe, is restored into a directory beside, replaces the data by deleting and copying, and what
# is left over is removed.
# In:  $1 directory of the Pod's root, $2 member name, $3 initial cluster, $4 peer URL; on standard input an archive
# with snapshot.db. DATA_DIRECTORY is the member's volume. The member does not run.
set -eu
cd "$1"
tar -xmf -
case $(etcdctl version) in
  *3.4.*) tool=etcdctl ;;
  *) tool=etcdutl ;; # from 3.6 on etcdctl cannot restore
esac
ETCDCTL_API=3 "$tool" snapshot restore snapshot.db --name "$2" --initial-cluster "$3" --initial-cluster-token etcd-cluster-1 \
  --initial-advertise-peer-urls "$4" > restore.log 2>&1 || {
  cat restore.log >&2
  exit 1
}
rm -r "${DATA_DIRECTORY:?}"/*
cp -r "$2.etcd"/* "$DATA_DIRECTORY/"
rm -R "$2.etcd/"
rm snapshot.db
