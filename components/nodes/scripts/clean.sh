# Removes what only a restore needed of this machine beside its data. Ledgers stay, and so does what is still parked:
# then it fails.  Result: "clean".
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
lock_machine
rm -rf "$tools"
for left in "$parked"/*; do
  [ ! -e "$left" ] || die "$left is still parked: mv $left $manifests/"
done
take_away_fence
printf 'clean\n'
