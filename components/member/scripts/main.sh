# Process 1 of the utility Pod: keeps the member's volume mounted, and ends by itself when nothing more is to be done
# there, so that an etcd can mount the volume on any node, and a Pod that nobody remembers ends as well.
# In:  $2 mode. A Pod "revived" by a step has work on a volume that is swapped or undone: it ends when it is asked to
#      (end_main in volume.sh), or by the mark "over". Every other ends by any of the marks, asked or not.
# What was staged stays, whatever ends the Pod.
. "${0%/*}/volume.sh"
mode=${2:-}
asked=
recorded=
calm=2 # a Pod that is made anew when all is over ends at once

forget() {
  if [ "$(cat "$record" 2> /dev/null)" = $$ ]; then rm -f "$record"; fi
  rmdir "$work" "$data/.etcd-recovery" 2> /dev/null || true
}

# Sets $why. end.sh takes the record away.
is_over() {
  why=asked
  if [ -n "$recorded" ] && [ ! -e "$record" ]; then return 0; fi
  for why in over unswapped undone swapped; do
    if [ "$mode" = revived ] && [ -z "$asked" ] && [ "$why" != over ]; then continue; fi
    if marked "$why"; then return 0; fi
  done
  return 1
}

# Whether a script of this Pod is at work; one of another is not stopped by this end.
at_work() { holder=$(lock_holder 2> /dev/null) && [ "${holder%% *}" = "$(uname -n)" ] && holder_lives; }

trap forget EXIT
trap 'exit 0' TERM INT
trap 'asked=1' USR1
# A volume that takes no change is for the steps to tell of.
if { mkdir -p "$work" && chmod 700 "$data/.etcd-recovery" "$work" && printf '%s\n' $$ > "$record"; } 2> /dev/null; then
  recorded=1
fi

while :; do
  if ! is_over; then
    calm=0
    asked=
  elif ! at_work; then
    # Whoever set the mark has its answer to give, when its signal does not come.
    calm=$((calm + 1))
    if [ -n "$asked" ] || [ "$calm" -gt 2 ]; then break; fi
  fi
  sleep 1 > /dev/null 2>&1 &
  wait $! || true
done
printf '%s\n' "$why"
if [ -w /dev/termination-log ]; then printf '%s\n' "$why" > /dev/termination-log; fi
