# Puts the previous keys, certificates and kubeconfigs back, whatever part of the swap was done, and removes what was
# staged. What was in their place is kept until it is removed by name. Safe to repeat.
# In:  $1 restore id.  Result: "undone"; "returned PATH" for each part that was swapped; "by-hand TEXT" for what somebody has to do.
. "${0%/*}/machine.sh"
. "${0%/*}/pki-parts.sh"

take_away() {
  rm -rf "$place/away$1"
  put "$1" "$place/away$1"
}

unswap_part() {
  place=$(place_of "$1")
  if [ -e "$place/old$1" ]; then
    if [ -e "$1" ]; then take_away "$1"; fi
    put "$place/old$1" "$1"
  elif [ -e "$place/absent$1" ] && [ ! -e "$place/new$1" ] && [ -e "$1" ]; then
    take_away "$1"
  else
    return 0
  fi
  printf 'returned %s\n' "$1"
}

lock_machine
mkdir -p "$work"
marked undone || : | mark undone  # from here no late swap does anything
if ! marked unswapped; then
  each_part unswap_part
  restart_kubelet
  rm -f "$work/swapped"
  : | mark unswapped
fi
each_part drop_new
printf 'undone\n'
