# Starts the members as a set and waits until each has started and answers.
ledger_load
# Between swap and start nothing may run, or the members did not begin together on the restored data.
if [ "$(ledger phase)" = swapped ]; then require_servers_gone; fi
ledger_beyond started || ledger_advance started swapped
selector=$(ledger etcd-selector)
if [ "$(ledger phase)" = started ]; then renew_crashed "$selector"; fi
scale "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)"
# shellcheck disable=SC2086 # the members' names are words
set -- $MEMBERS
expected=$#

# A member that knows no leader answers, and is no part of a cluster yet.
all_answer() {
  answering=$(members_status | grep -v ' no-leader ')
  [ -z "$(absent_from "$answering")" ]
}

await "${START_SECONDS:-180}" "$selector" all_answer || {
  absent=$(absent_from "$answering")
  troubles "statefulset/$ETCD_STATEFULSET" "$selector" >&2
  die "etcd: the members did not start as a set of $expected; without a place in it: $absent" \
    "Mend what their logs say, then 'pulumi up' goes on; 'pulumi destroy' stops all members and goes back to the previous data."
}
say "etcd: $expected of $expected members answer"
