# Says the certificates of this machine, one a line: certificate PATH BASE64 (of its PEM text). No key is read.
# A kubeconfig's is its client's; of the kubelet's own pair the certificate alone is said.  In:  directories, absolute.
. "${0%/*}/machine.sh"
for directory in "$@"; do
  [ -d "$directory" ] || continue
  # What a restore has put aside, and what kubeadm's upgrades have, serves nobody.
  find "$directory" "$directory/pki/" \( -path "$state" -o -path "$directory/tmp" \) -prune -o \
    \( -name '*.crt' -o -name '*.conf' -o -name 'kubelet-*-current.pem' \) -print 2> /dev/null
done | sed 's,//*,/,g' | sort -u | while read -r path; do
  [ -f "$path" ] || continue
  case $path in
    *.conf) text=$(sed -n 's/^ *client-certificate-data: *"\{0,1\}\([A-Za-z0-9+/=]*\).*/\1/p' "$path" | head -n 1) ;;
    *.pem) text=$(sed -n '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p' "$path" | base64 | tr -d '\n') ;;
    *) text=$(base64 < "$path" | tr -d '\n') ;;
  esac
  [ -z "$text" ] || printf 'certificate %s %s\n' "$path" "$text"
done
