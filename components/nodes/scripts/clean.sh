# Removes what only a restore needed of this machine beside its data. Ledgers stay, and so does what is still parked:
# then it fails.  Result: "clean".
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
lock_machine
rm -rf "$tools"
for left in "$parked"/*; do
  [ ! -e "$left" ] || die "$left is still parked: mv $left $manifests/"
done
# Where there was a fence, it was opened or lifted before, or that failed; a nft that never worked is no reason to fail here.
find_tables 2> /dev/null || tables=
take_away_fence
printf 'clean\n'
