# Says the certificates of this machine, one a line: certificate PATH BASE64 (of its PEM text). No key is read.
# In:  directories, absolute.
. "${0%/*}/machine.sh"
for directory in "$@"; do
  [ -d "$directory" ] || continue
  find "$directory" -name '*.crt' -type f
done | sort | while read -r path; do
  printf 'certificate %s %s\n' "$path" "$(base64 < "$path" | tr -d '\n')"
done
