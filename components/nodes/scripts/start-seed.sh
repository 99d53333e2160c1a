# Gives the kubelet the static Pod that makes a member's new log. Standard input is its manifest.
# In:  $1 the seed's directory, which is there, $2 SHA-256 of the manifest, $3 SHA-256 of the ledger that was judged.
# Ends with 79 when that has moved, with 75 when what arrived is not what was announced.  Result: "started".
. "${0%/*}/machine.sh"
. "${0%/*}/seed-place.sh"
lock_machine
demand_ledger "$3"
[ -d "$1" ] || die "$1 is not there: the member is not held"
mkdir -p "$memory"
chmod 700 "$memory"
cat > "$memory/.$seed"
[ "$(sha256 "$memory/.$seed")" = "$2" ] || {
  rm -f "$memory/.$seed"
  die "the seed's manifest arrived cut" 75
}
mv "$memory/.$seed" "$text"
# One from before the machine was started anew leads nowhere.
rm -f "$wanted"
ln -s "$text" "$wanted"
printf 'started\n'
