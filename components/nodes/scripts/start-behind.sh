# Gives the API server's manifest to the kubelet behind the fence: what the kubelet reads lies in memory, so that a machine
# that is started anew, and has no fence, does not start it. It stays parked meanwhile. Safe to repeat.
# In:  $1 file name, $2 SHA-256 of the ledger that was judged, $3 table, $4 container.  Ends with 79 when that has moved.
# Result: "behind".
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
. "${0%/*}/fence-table.sh"
lock_machine
demand_ledger "$2"
demand_tables
stands "$3" || die "the fence $3 does not stand"
if ! behind "$1"; then
  [ ! -e "$manifests/$1" ] || die "$manifests/$1 is there: something started it without the fence"
  [ -e "$parked/$1" ] || die "$parked/$1 is gone: there is nothing to start"
fi
if [ ! -e "$memory/$1" ]; then
  mkdir -p "$memory"
  chmod 700 "$memory"
  cp -p "$parked/$1" "$memory/.$1"
  mv "$memory/.$1" "$memory/$1"
fi
if ! behind "$1"; then
  forget_ended "$4"
  rm -f "$manifests/$1"
  ln -s "$memory/$1" "$manifests/$1"
fi
printf 'behind\n'
