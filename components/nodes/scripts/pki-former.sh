# Gives, as a tar with modes and owners, the keys, certificates and kubeconfigs that this machine had before a restore
# swapped them: what was put aside, and of what was not swapped what is there. Nothing of it is changed; a copy lies in
# memory, for root alone, while it is read. It holds private keys. The same bytes whenever it is asked: by their digest the
# ledger knows them.
# In:  $1 id of that restore, then paths that are given as they are where that restore staged none for them.
. "${0%/*}/machine.sh"
. "${0%/*}/pki-parts.sh"
shift
copy=$MEMORY_DIRECTORY/former.$$
names=

# take DIRECTORY PATH: PATH as it is below DIRECTORY.
take() {
  [ -e "$1$2" ] || return 0
  mkdir -p "$copy${2%/*}"
  cp -a "$1$2" "$copy$2"
  names="$names${2#/}
"
}

take_former() {
  place=$(place_of "$1")
  if [ -e "$place/old$1" ]; then
    take "$place/old" "$1"
  elif [ ! -e "$place/absent$1" ]; then
    take '' "$1"
  fi
}
is_part() { grep -qxF -e "$1" "$work/parts"; }

if ! marked swapped || marked undone; then die "restore $id has swapped no keys on this machine"; fi
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$copy"
each_part take_former
for path; do is_part "$path" || take '' "$path"; done
[ -n "$names" ] || die "before restore $id this machine had no keys"
cd "$copy"
IFS='
'
set -f
# shellcheck disable=SC2086  # one word a line
set -- $names
if tar --help 2>&1 | grep -q -e '--sort='; then set -- --sort=name "$@"; fi
if tar --help 2>&1 | grep -q -e '--hard-dereference'; then set -- --hard-dereference "$@"; fi
tar -cf - --numeric-owner "$@"
