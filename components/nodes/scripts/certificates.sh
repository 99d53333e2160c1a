# Says the certificates of this machine, one a line: certificate PATH BASE64 (of its PEM text). No key is read.
# A kubeconfig's is its client's.  In:  directories, absolute.
. "${0%/*}/machine.sh"
for directory in "$@"; do
  [ -d "$directory" ] || continue
  find "$directory" \( -name '*.crt' -o -name '*.conf' \) -type f
done | sort | while read -r path; do
  case $path in
    *.conf) text=$(sed -n 's/^ *client-certificate-data: *"\{0,1\}\([A-Za-z0-9+/=]*\).*/\1/p' "$path" | head -n 1) ;;
    *) text=$(base64 < "$path" | tr -d '\n') ;;
  esac
  [ -z "$text" ] || printf 'certificate %s %s\n' "$path" "$text"
done
