# Puts keys, certificates and kubeconfigs of a bundle beside the machine's own. Standard input is the bundle, a tar with
# modes and owners; it is kept only when it is the announced one, and nothing of it where it is staged already.
# In:  $1 restore id, $2 bytes, $3 SHA-256 of the bundle, then the parts to stage.
# Ends with 75 when what arrived is not what was announced, with 76 when others are swapped under this id already.
# Result: "sha256 DIGEST", and "differs PATH" for every part that is not as the machine has it.
. "${0%/*}/machine.sh"
. "${0%/*}/pki-parts.sh"
bytes=$2
sha256=$3
shift 3

say_differing() { if differs "$1"; then printf 'differs %s\n' "$1"; fi; }

forget() {
  each_part remove_place
  rm -rf "$work"
}
remove_place() { rm -rf "$(place_of "$1")"; }

receive() {
  cat > "$work/bundle.tar"
  if [ "$(stat -c %s "$work/bundle.tar")" = "$bytes" ] && [ "$(sha256 "$work/bundle.tar")" = "$sha256" ]; then return 0; fi
  rm -f "$work/bundle.tar"
  die "the bundle of keys arrived cut or changed" 75
}

unpack() {
  place=$(place_of "$1")
  [ -d "${1%/*}" ] || die "${1%/*} is not on this machine"
  mkdir -p "$place/new"
  [ "$(stat -c %d "$place")" = "$(stat -c %d "${1%/*}")" ] || die "$1 lies on a file system of its own: it cannot be swapped"
  tar -xpf "$work/bundle.tar" --numeric-owner -C "$place/new" "${1#/}" || die "${1} cannot be staged: look at the space of ${place}"
  [ -e "$place/new$1" ] || die "the bundle of keys has no $1" 75
}

lock_machine
! marked undone || die "restore $id was undone: nothing is staged"
if begun || marked swapped; then
  grep -qx "sha256 $sha256" "$work/staged" || die "restore $id has swapped other keys on this machine" 76
elif ! { marked staged && grep -qx "sha256 $sha256" "$work/staged" && [ "$(printf '%s\n' "$@")" = "$(cat "$work/parts")" ]; }; then
  forget
  mkdir -p "$work"
  receive
  # First the list: by it what is half unpacked is found and removed.
  printf '%s\n' "$@" | mark parts
  each_part unpack
  rm -f "$work/bundle.tar"
  sync
  printf 'sha256 %s\n' "$sha256" | mark staged
fi
cat "$work/staged"
if ! begun && ! marked swapped; then each_part say_differing; fi
