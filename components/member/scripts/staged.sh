# Answers with what was staged here; fails when nothing is, or no longer.  Result: "sha256 HEX", "cluster HEX", "bump N".
. "${0%/*}/volume.sh"
. "${0%/*}/staging.sh"
is_staged || die "nothing is staged on this volume"
if marked undone; then die "restore $id was undone"; fi
cat "$work/staged"
