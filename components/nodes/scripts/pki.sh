# Gives, as a tar with modes and owners, what makes this machine a control plane beside etcd's data: keys, certificates,
# kubeconfigs, manifests, and the kubelet's own. Changes nothing. It holds private keys.
# In:  $1 directory of Kubernetes' configuration; then other paths, absolute; one that is not there is left out.
. "${0%/*}/machine.sh"
command -v tar > /dev/null || die "tar is not on this machine"
own=${state#/}
first=${1#/}
[ -d "/$first" ] || die "/$first is not on this machine"
shift
set -- "$first" "$@"
number=$#
while [ "$number" -gt 0 ]; do
  path=${1#/}
  shift
  number=$((number - 1))
  if [ -e "/$path" ]; then set -- "$@" "$path"; fi
done
cd /
tar -cf - --numeric-owner --exclude "$own" "$@"
