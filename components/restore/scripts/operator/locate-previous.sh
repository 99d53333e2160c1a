# Looks on every member's volume for what restore ROLLBACK_ID put aside, and chooses the copy that all members are
# staged from: the one of the highest revision. All members applied one log, each a part from its beginning, so that
# copy holds what any other holds. A copy that cannot be read is none.
# In: ROLLBACK_ID [ROLLBACK_REASON].  Result: "source MEMBER", "size BYTES", "sha256 HEX", "revision N".
instead="Nothing was changed. Restore a snapshot instead: pulumi config rm --path restore.rollback && pulumi config set --path restore.snapshot FILE"

ask_volumes() { # into directory $1, one file a member
  together=
  for member in $MEMBERS; do
    in_utility "$member" previous.sh "$ROLLBACK_ID" < /dev/null > "$1/$member" &
    together="$together $!"
  done
  wait_together || die "could not ask every volume for what restore $ROLLBACK_ID put aside" "Run 'pulumi up' again."
}

# "REVISION WAL MEMBER" of each copy that can be read; the account of all of them, by standard error.
candidates() {
  for member in $MEMBERS; do
    facts=$(cat "$1/$member")
    case $(fact previous "$facts") in
      kept)
        say "$member: restore $ROLLBACK_ID put aside $(fact size "$facts") bytes at revision $(fact revision "$facts") (SHA-256 $(fact sha256 "$facts"), owner $(fact owner "$facts"))"
        printf '%s %s %s\n' "$(fact revision "$facts")" "$(fact wal "$facts")" "$member"
        ;;
      damaged) say "$member: what restore $ROLLBACK_ID put aside cannot be read: $(fact problem "$facts")" ;;
      *) say "$member: restore $ROLLBACK_ID put nothing aside here" ;;
    esac
  done
}

refuse_all() {
  if grep -q '^previous damaged' "$1"/*; then
    refuse "restore.rollback: what restore $ROLLBACK_ID put aside is damaged or absent on every member (see above)" "$instead"
  fi
  refuse "restore.rollback: no volume holds anything that restore $ROLLBACK_ID put aside" "$instead"
}

# What the cluster had when that restore began is a lower bound. Less means that the newest copy is among those that
# cannot be read, or that etcd died before it wrote all of its log into its database.
check_revision() { # REVISION
  known=$(past live-revision)
  [ "$1" -lt "${known:-0}" ] || return 0
  behind="what restore $ROLLBACK_ID put aside reaches revision $1, but the cluster was at $known when that restore began: later writes are in no database that can be read"
  [ -n "${ROLLBACK_REASON:-}" ] ||
    refuse "restore.rollback: $behind" "If that is meant: pulumi config set --path restore.reason 'why'. Else restore a snapshot (restore.snapshot)."
  say "restore.rollback: $behind; goes on, by reason: $ROLLBACK_REASON"
}

for MEMBER in $MEMBERS; do await_utility; done
ledger_load
require_kept restore.rollback "$ROLLBACK_ID"
volumes=$(mktemp -d)
trap 'rm -rf "$volumes"' EXIT
ask_volumes "$volumes"
chosen=$(candidates "$volumes" | sort -k 1,1nr -k 2,2r | head -n 1)
[ -n "$chosen" ] || refuse_all "$volumes"
revision=${chosen%% *}
source=${chosen##* }
check_revision "$revision"
case $chosen in
  *' newer '*) say "$source: its log was written after its database: etcd was killed there, not stopped, and the last tenth of a second of writes may be missing" ;;
esac
say "all members are staged from the copy of $source"
printf 'source %s\n' "$source"
grep -e '^size ' -e '^sha256 ' -e '^revision ' "$volumes/$source"
