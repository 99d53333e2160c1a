# Asks everything that can be asked before anything is made. Read-only.
# Result: "node MEMBER NODE" for each member, "server-version N", "bump N", "live-revision N".

# No other restore, and this id is new.
check_ledger() {
  other=$(ledger id)
  phase=$(ledger phase)
  if [ -z "$other" ]; then return 0; fi
  if [ "$other" = "$RESTORE_ID" ]; then
    case $phase in
      committed | finished | undone) refuse "restore.id: $RESTORE_ID was used before (it is $phase)" "pulumi config set --path restore.id $RESTORE_ID-2" ;;
    esac
  else
    case $phase in
      finished | undone) ;;
      *) die_held ;;
    esac
  fi
  used=$(kc get configmap "$LEDGER-$RESTORE_ID" --ignore-not-found -o name)
  [ -z "$used" ] || refuse "restore.id: $RESTORE_ID was used before" "pulumi config set --path restore.id $RESTORE_ID-2"
}

check_namespace
check_rights
ledger_load
check_ledger
if [ -n "${ROLLBACK_ID:-}" ]; then require_kept restore.rollback "$ROLLBACK_ID"; fi
workloads_load
check_statefulset
check_claims
if [ -n "${FINALIZE_ID:-}" ]; then
  require_none_open
  require_finished restore.finalize "$FINALIZE_ID"
  print_nodes
  exit 0
fi
check_control_plane
# What a restore put aside on these volumes is of this cluster.
[ -n "${ROLLBACK_ID:-}" ] || check_identity
status=$(members_status)
server=$(server_version "$status")
# Under way already: what there was to say against it was said then.
if [ "$(ledger id)" != "$RESTORE_ID" ]; then
  check_version
  check_encryption
  check_need
fi
print_nodes
printf 'server-version %s\n' "${server:-unknown}"
print_bump
