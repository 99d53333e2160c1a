# Puts aside what of keys, certificates and kubeconfigs differs from what is staged, and the staged in its place, by
# renaming. Each half of a pair of renames may be the last thing that happened; a second run goes on from there.
# In:  $1 restore id, $2 SHA-256 of the bundle, as the ledger has it: nothing else is put in place.
# Result: "swapped PATH" for each part that was; "by-hand TEXT" for what somebody has to do.
. "${0%/*}/machine.sh"
. "${0%/*}/pki-parts.sh"

swap_part() {
  place=$(place_of "$1")
  if ! was_touched "$1"; then
    [ -e "$place/new$1" ] || die "what was staged for $1 is not there: undo with 'pulumi destroy'"
    # As it is in the bundle already: nothing is to be gained by a swap.
    if ! differs "$1"; then return 0; fi
    if is_kubelets "$1"; then : | mark kubelet; fi
    if [ -e "$1" ]; then
      put "$1" "$place/old$1"
    else
      mkdir -p "$place/absent${1%/*}"
      : > "$place/absent$1"
      settle "$place/absent${1%/*}"
    fi
  fi
  if [ -e "$place/new$1" ]; then
    [ ! -e "$1" ] || die "$1 appeared while it was put aside: look who made it, and remove it"
    put "$place/new$1" "$1"
  fi
  [ -e "$1" ] || die "neither $1 nor what was staged for it is there: undo with 'pulumi destroy'"
}

say_swapped() { if was_touched "$1"; then printf 'swapped %s\n' "$1"; fi; }

lock_machine
! marked undone || die "restore $id was undone: nothing is swapped"
if ! marked swapped; then
  marked staged || die "no keys are staged on this machine"
  grep -qx "sha256 $2" "$work/staged" || die "the keys that are staged on this machine are not those that the ledger names"
  each_part swap_part
  restart_kubelet
  : | mark swapped
fi
each_part drop_new
each_part say_swapped
