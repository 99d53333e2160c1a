# Says what of its keys, certificates and kubeconfigs this machine has, one fact a line. Changes nothing; reads no key.
#   missing (programs that are not there)
#   part PATH there|absent|link|mount
#   certificate PATH BASE64 (of its PEM text)
# In:  paths, absolute; of a .pem file, which holds a key too, the certificates alone are said.
. "${0%/*}/machine.sh"
missing=
for program in tar sha256sum sort find; do command -v "$program" > /dev/null || missing="$missing $program"; done
printf 'missing%s\n' "$missing"
for path in "$@"; do
  kind=there
  if [ -L "$path" ]; then
    kind="link"
  elif [ ! -e "$path" ]; then
    kind=absent
  elif [ "$(stat -c %d "$path")" != "$(stat -c %d "${path%/*}")" ]; then
    kind=mount
  fi
  printf 'part %s %s\n' "$path" "$kind"
  [ "$kind" != absent ] || continue
  find -H "$path" -name '*.crt' -type f | sort | while read -r file; do
    printf 'certificate %s %s\n' "$file" "$(base64 < "$file" | tr -d '\n')"
  done
  if [ -f "$path/kubelet-client-current.pem" ]; then
    printf 'certificate %s %s\n' "$path/kubelet-client-current.pem" \
      "$(sed -n '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p' < "$path/kubelet-client-current.pem" | base64 | tr -d '\n')"
  fi
done
