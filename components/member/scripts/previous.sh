# Says what a restore put aside on this volume, one fact a line. Changes nothing.
# In:  $2 id of that restore.
#   previous  kept | damaged | none; unproven: whole as far as a shell can see, and nothing here can read the rest
#   problem   why it cannot be read, when it is damaged; what is missing, when it is unproven
#   size, sha256, owner (uid:gid), revision of its database, when it is kept or unproven (then the revision is empty)
#   wal       older | newer: whether its log was last written before its database (etcd writes all into the database
#             when it is stopped, and every tenth of a second; killed, it leaves the rest in the log) or after
# It is read with an etcdutl that receive-tool.sh has brought, else with the image's own.
. "${0%/*}/volume.sh"
from=$2
aside=$data/member.pre-$from
database=$aside/snap/db

# A database of a data directory has no digest: its pages are walked instead. Ends with 127 where no tool is.
status() {
  set -- snapshot status "$database" -w json
  if [ -e "$work/etcdutl" ]; then
    "$work/etcdutl" "$@"
  elif command -v etcdutl > /dev/null; then
    etcdutl "$@"
  else
    ETCDCTL_API=3 etcdctl "$@"
  fi
}

damaged() {
  printf 'previous damaged\nproblem %s\n' "$(printf '%s' "$1" | tr -d '\000-\037\177' | cut -c 1-200)"
  exit 0
}

# kept STATE REVISION
kept() {
  printf 'previous %s\n' "$1"
  printf 'size %s\n' "$(size "$database")"
  printf 'sha256 %s\n' "$(sha256 "$database")"
  printf 'owner %s\n' "$(stat -c '%u:%g' "$database")"
  printf 'revision %s\n' "$2"
  printf 'wal %s\n' "$(log_age)"
}

number() { od -An -v -t "u$2" -j "$1" -N "$2" "$database" | tr -d ' '; } # OFFSET BYTES, little-endian

# Bytes that the newer of the two meta pages counts: bbolt's meta is at 16 of its page, and begins with its magic number;
# it has the page size at 8, the page after the last one at 40, the transaction at 48. A tool reads a file that was cut
# short as far as it goes.
counted() {
  [ "$(size "$database")" -ge 8192 ] || return 1
  page=$(number 24 4)
  case $page in 512 | 1024 | 2048 | 4096 | 8192 | 16384 | 32768 | 65536) ;; *) return 1 ;; esac
  newer=0
  [ "$(number 64 8)" -ge "$(number $((page + 64)) 8)" ] || newer=$page
  [ "$(number $((newer + 16)) 4)" = 3977042669 ] || return 1
  printf '%s' $((page * $(number $((newer + 56)) 8)))
}

cut_short() { [ "$(size "$database")" -lt "$counted" ]; }

written() { stat -c '%y' "$@" 2> /dev/null | sort | tail -n 1; }

log_age() {
  in_database=$(written "$database")
  if [ "$(printf '%s\n%s\n' "$in_database" "$(written "$aside"/wal/*.wal)" | sort | tail -n 1)" = "$in_database" ]; then
    printf older
  else
    printf newer
  fi
}

if [ ! -e "$aside" ]; then
  printf 'previous none\n'
  exit 0
fi
[ -f "$database" ] || damaged "$aside has no snap/db"
counted=$(counted) || counted= # its meta pages are wrong in another way, which the tool tells
if [ -n "$counted" ] && cut_short; then damaged "it has $(size "$database") bytes, its meta page counts $counted"; fi
ended=0
answer=$(status 2>&1) || ended=$?
# From 3.6 on etcdctl has no such word: it prints its help, and ends with 0.
if [ "$ended" = 0 ] && ! printf '%s\n' "$answer" | grep -q '"revision"'; then ended=127; fi
case $ended in
  0) ;;
  126 | 127)
    [ -n "$counted" ] || damaged "its first pages are not those of an etcd database"
    kept unproven ''
    printf 'problem nothing here can read it: no etcdutl, no etcdctl before 3.6\n'
    exit 0 ;;
  *) damaged "$(printf '%s\n' "$answer" | grep -i -e error -e panic -e fault | head -n 1)" ;;
esac
revision=$(printf '%s\n' "$answer" | sed -n 's/.*"revision": *\([0-9]*\).*/\1/p')
[ "${revision:-0}" -gt 0 ] || damaged "no etcd data in it"
kept kept "$revision"
