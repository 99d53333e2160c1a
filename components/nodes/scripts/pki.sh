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

# What links among keys and kubeconfigs lead to, elsewhere on the machine: a link alone is no key.
elsewhere() {
  find "$first"/pki "$first"/*.conf "$@" -type l -exec readlink -f '{}' ';' 2> /dev/null | sort -u |
    while read -r path; do
      case $path in "/$first"/* | /var/lib/kubelet/pki/*) continue ;; esac
      if [ -e "$path" ]; then printf '%s\n' "${path#/}"; fi
    done
}
IFS='
'
set -f
# shellcheck disable=SC2046  # one word a line
set -- "$@" $(set +f && shift && elsewhere "$@")
# Of two names of one file tar gives the second as a link to the first, which may be no part of what is put back.
if tar --help 2>&1 | grep -q -e '--hard-dereference'; then set -- --hard-dereference "$@"; fi
# kubeadm's upgrades leave copies of etcd's data in tmp.
tar -cf - --numeric-owner --exclude "$own" --exclude "$first/tmp" "$@"
