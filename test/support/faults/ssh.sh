#!/bin/sh
# Stands on PATH before OpenSSH's ssh, whose path is in ../openssh: a step's scripts on machines are its requests, and one
# of them meets the fault of ../rule. A shell, because it becomes the ssh that it starts: signals and streams are its own.
home=${0%/*}/..
read -r openssh < "$home/openssh"
for word in "$@"; do
  [ "$word" = -M ] && exec "$openssh" "$@"
done
step=$(tr '\0' '\n' < "/proc/$PPID/cmdline" | sed -n '/etcd-recovery-step/{n;p;q;}')
[ -n "$step" ] || exec "$openssh" "$@"

field() {
  [ -f "$home/rule" ] && sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p" "$home/rule"
}

# Called as -F CONFIG -S SOCKET MACHINE COMMAND. The words behind the script, which has many lines; parallel requests each
# take the next number.
words=$(printf '%s' "$6" | sed -n "\$s/.*' 'etcd-recovery'//p" | tr -d "'")
line="$step: $5$words"
exec 9> "$home/counting"
flock 9
printf '%s\n' "$line" >> "$home/calls"
id=$(field id) pattern=$(field pattern) action=
# shellcheck disable=SC2254 # it is a pattern
case $line in $pattern)
  counted=$(($(cat "$home/counted-$id" 2> /dev/null || echo 0) + 1))
  echo "$counted" > "$home/counted-$id"
  [ "$counted" -eq "$(field count)" ] && action=$(field action)
  ;;
esac
exec 9>&-

victim_dies() {
  kill -KILL "$(cat "$home/victim")" 2> /dev/null
}
late() {
  tries=0
  until [ -e "$home/released-$id" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 1200 ] || exit 255
    sleep 0.05
  done
}

[ -n "$action" ] || exec "$openssh" "$@"
: > "$home/struck-$id"
case $action in
  kill)
    victim_dies
    ;;
  kill-after)
    "$openssh" "$@" > /dev/null
    victim_dies
    ;;
  kill-soon)
    { sleep 1.5; victim_dies; } > /dev/null 2>&1 &
    exec "$openssh" "$@"
    ;;
  kill-hung)
    sleep 3
    victim_dies
    ;;
  kill-late)
    victim_dies
    late
    exec "$openssh" "$@"
    ;;
  power)
    late
    exec "$openssh" "$@"
    ;;
  reset-after)
    "$openssh" "$@" > /dev/null
    ;;
esac
echo "ssh: connect to host $5 port 22: Connection refused" >&2
exit 255
