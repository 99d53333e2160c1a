#!/bin/sh
# Stands before the real kubectl on PATH and makes faults. FAULTS is a directory:
#   calls   every call as "STEP: ARGUMENTS", one a line
#   rule    "COUNT ACTION PATTERN": the COUNT-th such line that matches PATTERN (a case pattern) is the instant
#   real    path of the real kubectl
#   victim  process id of the pulumi command
# Actions: fail (the call is not made), fail-after (made, then reported as failed), kill and kill-after (the same, and
# the pulumi command dies by SIGKILL), kill-soon (made, and the pulumi command dies a second and a half later), kill-late
# (the pulumi command dies, and the call is made when the file late is there, by a part of the step that lives on), every
# (like fail, from the COUNT-th match on, for good), cut (made with all but the last byte of its standard input), flip
# (made with the last byte of its standard input changed).
set -eu
real=$(cat "$FAULTS/real")
# The program itself only looks, when it makes the plan: no step.
[ -n "${STEP:-}" ] || exec "$real" "$@"
call="$STEP: $*"
printf '%s\n' "$(printf '%s' "$call" | tr '\n' ' ')" >> "$FAULTS/calls"
[ -f "$FAULTS/rule" ] || exec "$real" "$@"
read -r count action pattern < "$FAULTS/rule"
# shellcheck disable=SC2254 # a pattern is wanted
case "$call" in
  $pattern) ;;
  *) exec "$real" "$@" ;;
esac
# Parallel steps call at the same time: each takes the next free number, by creating its file, which only one can.
matches=$(($(find "$FAULTS/matches" -type f | wc -l) + 1))
until (set -C && : > "$FAULTS/matches/$matches") 2> /dev/null; do
  # disarmed meanwhile: a part of a killed run, which does what it would have done
  [ -d "$FAULTS/matches" ] || exec "$real" "$@"
  matches=$((matches + 1))
done
if [ "$matches" -lt "$count" ] || { [ "$matches" -gt "$count" ] && [ "$action" != every ]; }; then exec "$real" "$@"; fi
case $action in
  *-after) "$real" "$@" || true ;;
  cut)
    head -c -1 | "$real" "$@"
    exit
    ;;
  flip)
    { head -c -1; printf '\377'; } | "$real" "$@"
    exit
    ;;
  unplug)
    { head -c 1024; "$FAULTS/unplug" >&2; cat; } | "$real" "$@"
    exit
    ;;
  kill-late)
    kill -9 "$(cat "$FAULTS/victim")"
    until [ -e "$FAULTS/late" ]; do sleep 0.2; done
    exec "$real" "$@"
    ;;
  kill-soon)
    (sleep 1.5; kill -9 "$(cat "$FAULTS/victim")") > /dev/null 2>&1 &
    exec "$real" "$@"
    ;;
esac
case $action in
  kill*) kill -9 "$(cat "$FAULTS/victim")" ;;
esac
echo "injected fault: $action" >&2
exit 1
