# What came to this volume and what was restored from it, beside the live data. Read after volume.sh.

is_received() { marked received && [ -f "$work/snapshot.db" ]; }

# Restored, or in its place already. A mark alone is not enough: somebody may have removed what it speaks of.
is_staged() { marked staged && { begun || [ -d "$staged" ]; }; }

# What only staging needs.
drop_staging() { rm -rf "$work/restored" "$work/restored.part" "$work"/snapshot.db* "$work"/etcdutl*; }

# The marks first: nothing half removed is ever taken for whole.
forget_staging() {
  rm -f "$work/staged" "$work/received"
  settle "$work"
  rm -rf "$work/restored" "$work/restored.part" "$work"/snapshot.db*
}

# keep_only DIGEST [BUMP]: forgets what is here of another snapshot, what was restored with another revision bump
# (members restored with different ones are different members), and a mark whose data is gone. Once a swap has begun,
# nothing is forgotten.
keep_only() {
  if begun; then
    marked staged || die "restore $id was used before on this volume: choose a new restore id" 76
    has=$(sed -n 's/^sha256 //p' "$work/staged")
    [ "$has" = "$1" ] || die "restore $id has swapped another snapshot on this volume: SHA-256 $has, not $1" 76
    return 0
  fi
  for reached in received staged; do
    if marked "$reached" && ! grep -qx "sha256 $1" "$work/$reached"; then forget_staging; fi
  done
  if marked staged && ! { [ -d "$staged" ] && grep -qx "bump ${2:-[0-9]*}" "$work/staged"; }; then
    rm -f "$work/staged"
    settle "$work"
    rm -rf "$work/restored"
  fi
}
