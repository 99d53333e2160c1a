# Starts the members as a set and waits until each has started and answers.
ledger_load
ledger_beyond started || ledger_advance started swapped
scale "statefulset/$ETCD_STATEFULSET" "$(ledger etcd)"
# shellcheck disable=SC2086 # the members' names are words
set -- $MEMBERS
expected=$#

all_answer() { [ "$(healthy_members)" = "$expected" ]; }

poll 180 all_answer || die "etcd: $(healthy_members || printf 0) of $expected members answer after 180 s" \
  "Look: kubectl --namespace $NAMESPACE logs -c $ETCD_CONTAINER $1; then 'pulumi up' goes on, 'pulumi destroy' goes back."
say "etcd: $expected of $expected members answer"
