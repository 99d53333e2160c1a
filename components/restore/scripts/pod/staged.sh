# Answers with what was staged here; fails when nothing is, or no longer.
marked staged || die "nothing is staged on this volume"
if marked undone; then die "restore $id was undone"; fi
cat "$work/staged"
