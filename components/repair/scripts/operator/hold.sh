# Puts the member's data aside and blocks its place, so that its own etcd, which the kubelet starts again and again,
# can only fail until its new data is there. The first change.
ledger_load
if ledger_beyond quiesced; then
  say "held before, by an earlier run"
  exit 0
fi
ledger_require open quiesced
require_others
ledger_advance quiesced open
utility_load
in_utility "$MEMBER" hold.sh < /dev/null > /dev/null
# What ran until now still has the old files open; once it has ended, nothing can get past the block.
end_pod
in_utility "$MEMBER" hold.sh < /dev/null > /dev/null
say "$MEMBER: its data is kept as member.pre-$RESTORE_ID, its etcd is held"
