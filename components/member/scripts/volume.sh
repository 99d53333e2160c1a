# The member's volume as the utility Pod sees it, and the lock on it. Read first by every script of this directory.
# In:  $1 restore id. DATA_DIRECTORY comes from the Pod (default /var/lib/etcd); on a machine, END_HOLDER says how whoever
#      holds the lock is ended (default: delete that Pod).
set -eu

id=$1
data=${DATA_DIRECTORY:-/var/lib/etcd}
work=$data/.etcd-recovery/$id  # everything of this restore, and the marks that say how far it came
live=$data/member              # what etcd serves
previous=$data/member.pre-$id  # what etcd served before
staged=$work/restored/member   # what etcd will serve
record=$work/main.$(uname -n)  # the process id of main.sh in this Pod

die() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

marked() { [ -e "$work/$1" ]; }

# A mark appears whole or not at all. Standard input is its content.
mark() {
  cat > "$work/.$1.$$"
  settle "$work/.$1.$$"
  mv "$work/.$1.$$" "$work/$1"
  settle "$data" "$data/.etcd-recovery" "$work"
}

not_undone() { if marked undone; then die "restore $id was undone: $1"; fi; }

# Whether any part of a swap was done: what is staged may be all that there is.
begun() { marked swapped || marked no-previous || [ -e "$previous" ]; }

# nested FROM TO: where an etcd that started right before a rename of FROM to TO has made TO, FROM went into that; it comes
# out again. A run may have been killed there.
nested() { if [ -e "$2/${1##*/}" ]; then mv "$2/${1##*/}" "$1"; fi; }

# bring_back: the previous data is live again, and what was live is kept. What an etcd makes that starts between the two
# renames goes, too.
bring_back() {
  attempt=0
  nested "$previous" "$live"
  while [ -e "$previous" ]; do
    [ "$attempt" -lt 5 ] || die "an etcd writes to $live again and again"
    attempt=$((attempt + 1))
    aside=undone-data
    if [ -e "$work/$aside" ]; then aside=stranger; fi
    rm -rf "$work/stranger"
    if [ -e "$live" ]; then mv "$live" "$work/$aside"; fi
    mv "$previous" "$live"
    nested "$previous" "$live"
  done
  rm -rf "$work/stranger"
}

# settle PATH...: these files, and the names in these directories, survive a loss of power. Path by path, since a sync
# of all would also write what is soon deleted, and what others keep on the same disk; where the image's sync knows no
# paths, it does all. That one never fails: what the disk says to the first is the only word about it.
settle() {
  if settled=$(LC_ALL=C sync "$@" 2>&1); then return 0; fi
  case $settled in
    *"nput/output error"* | *"o space left"* | *"ead-only file system"* | *"uota exceeded"*)
      die "the member's volume, $data, does not keep what is written: $(printf '%s\n' "$settled" | head -n 1)" ;;
  esac
  sync
}

# is_held DATABASE: whether a process has it open, which bbolt locks with flock. An instant's look, shared with others that
# look, and only where the image has the tool.
is_held() { [ -e "$1" ] && command -v flock > /dev/null && ! flock -ns "$1" true; }

# The digest alone; sha256sum of coreutils and of busybox print it first.
sha256() { sha256sum < "$1" | cut -d ' ' -f 1; }

# By the file's record: busybox's wc reads all of it.
size() { stat -c '%s' "$1"; }

volume_bytes() { printf '%s' $(($(df -Pk "$data" | awk -v column="$1" 'NR == 2 { print $column }') * 1024)); }

# Bytes of the volume, and those of it that a new file can take.
total() { volume_bytes 2; }
available() { volume_bytes 4; }

# The last 32 bytes in hex: in a snapshot, the SHA-256 of everything before them.
trailer() { tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n'; }

# --- the lock ---

# The lock is a symbolic link to nowhere: made in one instant, by one alone, with its holder in it ("POD BIRTH PID"), so
# that none is ever without. Programs of before left out the birth, or made a directory, and the holder after it.
lock_holder() {
  if [ -d "$work/lock" ]; then cat "$work/lock/holder" 2> /dev/null; else readlink "$work/lock"; fi
}

# A process of this Pod as a holder. Its birth, the boot of the machine and the time of its start since then, tells it
# from another that has its number after a loss of power, or after a restart of the container.
holder_of() {
  boot=$(cat /proc/sys/kernel/random/boot_id 2> /dev/null) || boot=
  stat=$(cat "/proc/$1/stat" 2> /dev/null) || stat=
  printf '%s %s.%s %s' "$(uname -n)" "$boot" "$(printf '%s' "${stat##*) }" | cut -d ' ' -f 20)" "$1"
}

holder_lives() {
  if [ "${holder%% *}" = "$(uname -n)" ]; then
    [ -d "/proc/${holder##* }" ] || return 1
    case $holder in *' '*' '*) [ "$holder" = "$(holder_of "${holder##* }")" ] ;; esac
  else
    # A process of another Pod cannot be seen from here: it lives as long as its Pod, and on doubt it does.
    case "${LIVING_PODS+ $LIVING_PODS }" in
      '' | *" ${holder%% *} "*) ;;
      *) return 1 ;;
    esac
  fi
}

# An old lock without a holder: power was lost before it was written.
never_held() {
  [ -d "$work/lock" ] && { [ "$waited" -ge 10 ] || [ $(($(date +%s) - $(stat -c '%Y' "$work/lock"))) -ge 10 ]; }
}

# A holder that died without unlocking.
holder_dead() { if [ -z "$holder" ]; then never_held; elif holder_lives; then return 1; fi; }

release_volume() { if [ "$(lock_holder)" = "$me" ]; then rm -f "$work/lock"; fi; }

# Fails when another has it. What a directory in the lock's place would take into itself is no lock.
take_lock() {
  [ ! -d "$work/lock" ] || return 1
  if said=$(LC_ALL=C ln -s "$me" "$work/lock" 2>&1); then
    [ "$(lock_holder)" = "$me" ]
    return
  fi
  case $said in
    *"ile exists"* | *"o such file"*) return 1 ;;
    *) die "the member's volume, $data, takes no change: $said" ;;
  esac
}

# Of several that see the same holder dead one alone takes the lock away, and only when it is that holder's still: else
# a slow one would take it from whoever has got it since. Fails when another is at it; one that died over it is forgotten.
break_lock() {
  if ln -s "$me" "$work/lock.break" 2> /dev/null; then
    if [ "$(lock_holder)" = "$holder" ]; then rm -rf "$work/lock"; fi
    rm -f "$work/lock.break"
  else
    if [ $((waited % 3)) = 2 ]; then rm -f "$work/lock.break"; fi
    return 1
  fi
}

named_holder() { if [ -n "$holder" ]; then printf '%s %s' "${holder%% *}" "${holder##* }"; else printf unknown; fi; }

# One script at a time works on a volume, also when the kubectl that started the other one was killed.
lock_volume() {
  me=$(holder_of $$)
  waited=0
  while :; do
    { mkdir -p "$work" && chmod 700 "$data/.etcd-recovery" "$work"; } ||
      die "the member's volume, $data, takes no change (see above): look at its disk and how it is mounted"
    if take_lock; then break; fi
    holder=$(lock_holder) || holder=
    if holder_dead && break_lock; then continue; fi
    [ "$waited" -lt "${LOCK_SECONDS:-120}" ] ||
      die "another step works on this volume (holder: $(named_holder)); wait for it, or ${END_HOLDER:-delete that Pod}"
    waited=$((waited + 1))
    sleep 1
  done
  trap release_volume EXIT
  trap 'exit 143' TERM INT HUP
}

# --- the Pod ---

# Asks main.sh to look at the marks now, once this script's answer is through. It is the one that has written its
# process id down in this Pod and still runs; nothing else is ever signalled.
end_main() {
  main=$(cat "$record" 2> /dev/null) || return 0
  case $(tr '\0' ' ' 2> /dev/null < "/proc/$main/cmdline") in *main.sh*) ;; *) return 0 ;; esac
  { sleep 0.3 || sleep 1; kill -USR1 "$main"; } < /dev/null > /dev/null 2>&1 &
}
