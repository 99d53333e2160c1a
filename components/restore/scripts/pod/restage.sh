# Forgets what was staged with another revision bump: members restored with different ones are different members.
# In:  $2 the revision bump that all members get. Nothing happens once a swap has begun.
lock_volume
if marked staged && ! grep -qx "bump $2" "$work/staged" && ! marked swapped && ! marked no-previous && [ ! -e "$previous" ]; then
  rm -f "$work/staged"
  rm -rf "$work/received" "$work/restored"
fi
