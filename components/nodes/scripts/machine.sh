# A machine with static Pods, and what a restore keeps on it. Read first by every script of this directory.
# In:  MANIFESTS_DIRECTORY  where the kubelet looks for static Pods
#      STATE_DIRECTORY      root's own directory on a disk, beside it: the ledger, and the manifests that are parked
set -eu
manifests=$MANIFESTS_DIRECTORY
state=$STATE_DIRECTORY
parked=$state/parked
tools=$state/tools

die() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

sha256() { sha256sum < "$1" | cut -d ' ' -f 1; }

# same A B: whether two files hold the same. By their digests: cmp is not on every machine.
same() {
  held=$(sha256 "$1")
  [ -n "$held" ] && [ "$held" = "$(sha256 "$2")" ]
}

# settle PATH...: these files, and the names in these directories, survive a loss of power. A sync that knows no paths does
# all, and never fails: what the disk says to the first is the only word about it.
settle() {
  if settled=$(LC_ALL=C sync "$@" 2>&1); then return 0; fi
  case $settled in
    *"nput/output error"* | *"o space left"* | *"ead-only file system"* | *"uota exceeded"*)
      die "a disk of this machine does not keep what is written: $(printf '%s\n' "$settled" | head -n 1)" ;;
  esac
  sync
}

make_state() {
  mkdir -p "$parked"
  chmod 700 "$state" "$parked"
}

# One script at a time changes a machine. The kernel lets go of the lock, whatever ends its holder.
lock_machine() {
  command -v flock > /dev/null || die "flock is not on this machine: install util-linux"
  make_state
  exec 9>> "$state/lock"
  flock -w 60 9 || die "another step works on this machine: wait for it, then run the same command again"
}

# is_held DATABASE: whether a process has it open, which bbolt locks with flock. Shared: steps of several members look at the
# same time, and none is an etcd.
is_held() { [ -e "$1" ] && ! flock -ns "$1" true; }

# The digest of a ledger; "-" when there is none.
digest_of() { if [ -e "$1" ]; then sha256 "$1"; else printf -- '-'; fi; }

# Changes are made only under the ledger that was judged.
demand_ledger() { [ "$(digest_of "$state/ledger.json")" = "$1" ] || die "the ledger has moved" 79; }

disk_of() { df -P "$1" | awk 'NR == 2 { print $NF }'; }

# carry FROM TO: a manifest to another directory, where it appears whole. On one file system it is renamed; else it is a
# copy for a moment, whose name no kubelet reads. A link leads to the same file from there.
carry() {
  part=${2%/*}/.${2##*/}.part
  rm -f "$part"
  if [ -L "$1" ]; then
    leads=$(readlink "$1")
    case $leads in /*) ;; *) leads=${1%/*}/$leads ;; esac
    ln -s "$leads" "$part"
  elif [ "$(disk_of "${1%/*}")" = "$(disk_of "${2%/*}")" ]; then
    mv "$1" "$2"
  else
    cp -p "$1" "$part"
    settle "$part"
  fi
  if [ -e "$part" ] || [ -L "$part" ]; then
    mv "$part" "$2"
    settle "${2%/*}"
    rm -f "$1"
  fi
  settle "${2%/*}" "${1%/*}"
}

# give_back NAME: the parked manifest is the kubelet's again; nothing where it is not parked.
give_back() {
  [ -e "$parked/$1" ] || return 0
  if [ -e "$manifests/$1" ] && ! same "$manifests/$1" "$parked/$1"; then
    die "$manifests/$1 is there, and is not the one that was parked as $parked/$1: keep the right one of the two"
  fi
  # Only the name in the kubelet's directory is looked at: it appears whole.
  carry "$parked/$1" "$manifests/$1"
}
