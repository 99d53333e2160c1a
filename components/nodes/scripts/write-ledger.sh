# Writes a ledger, only if it is as it was read. Standard input is its content.
# In:  $1 file name, $2 SHA-256 that it had ("-": there was none), $3 SHA-256 of the new content.
# Ends with 79 when it has moved, with 75 when what arrived is not what was announced.  Result: "written".
. "${0%/*}/machine.sh"
file=$state/$1
lock_machine
[ "$(digest_of "$file")" = "$2" ] || die "the ledger has moved" 79
cat > "$file.part"
[ "$(sha256 "$file.part")" = "$3" ] || {
  rm -f "$file.part"
  die "the ledger arrived cut" 75
}
chmod 600 "$file.part"
settle "$file.part"
mv "$file.part" "$file"
# The first ledger makes the directory, too.
settle "$state" "${state%/*}"
printf 'written\n'
