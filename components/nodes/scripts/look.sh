# Says what this machine is, one fact a line. Changes nothing.
#   hostname, id (of the machine), time (seconds since 1970), missing (programs that are not there), crictl there|absent
#   beside BASE64 (its name) BASE64 (any other file that the kubelet reads: it reads every one without a dot before its name)
#   manifest NAME BASE64 ; parked NAME BASE64 ; other NAME (a manifest that was not asked for)
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
printf 'hostname %s\n' "$(uname -n)"
printf 'id %s\n' "$(cat /etc/machine-id 2> /dev/null || cat /proc/sys/kernel/random/boot_id)"
printf 'time %s\n' "$(date +%s)"
missing=
for program in flock sha256sum awk base64 stat timeout; do
  command -v "$program" > /dev/null || missing="$missing $program"
done
choose_asked
case $asked in none) missing="$missing ${asks%% *}" ;; esac
printf 'missing%s\n' "$missing"
if command -v crictl > /dev/null; then printf 'crictl there\n'; else printf 'crictl absent\n'; fi
for path in "$manifests"/*; do
  name=${path##*/}
  case " $* " in *" $name "*) continue ;; esac
  if [ -f "$path" ] && [ "$(stat -L -c %s "$path")" -lt 262144 ]; then
    printf 'beside %s %s\n' "$(printf '%s' "$name" | base64 | tr -d '\n')" "$(base64 < "$path" | tr -d '\n')"
  fi
  case $name in *[!A-Za-z0-9._-]*) continue ;; *.yaml | *.yml | *.json) ;; *) continue ;; esac
  if [ -f "$path" ]; then printf 'other %s\n' "$name"; fi
done
for name in "$@"; do
  if [ -f "$manifests/$name" ]; then printf 'manifest %s %s\n' "$name" "$(base64 < "$manifests/$name" | tr -d '\n')"; fi
  if [ -f "$parked/$name" ]; then printf 'parked %s %s\n' "$name" "$(base64 < "$parked/$name" | tr -d '\n')"; fi
done
