# Says what this machine is, one fact a line. Changes nothing.
#   hostname, id (of the machine), time (seconds since 1970), missing (programs that are not there)
#   manifest NAME BASE64 ; parked NAME BASE64
. "${0%/*}/machine.sh"
printf 'hostname %s\n' "$(uname -n)"
printf 'id %s\n' "$(cat /etc/machine-id 2> /dev/null || cat /proc/sys/kernel/random/boot_id)"
printf 'time %s\n' "$(date +%s)"
missing=
for program in flock sha256sum awk base64 stat; do
  command -v "$program" > /dev/null || missing="$missing $program"
done
command -v ctr > /dev/null || command -v crictl > /dev/null || command -v docker > /dev/null || missing="$missing ctr"
printf 'missing%s\n' "$missing"
for name in "$@"; do
  if [ -f "$manifests/$name" ]; then printf 'manifest %s %s\n' "$name" "$(base64 < "$manifests/$name" | tr -d '\n')"; fi
  if [ -f "$parked/$name" ]; then printf 'parked %s %s\n' "$name" "$(base64 < "$parked/$name" | tr -d '\n')"; fi
done
