# What of a machine's keys, certificates and kubeconfigs a restore swaps: parts, each a directory or a file, by its
# absolute path. Read after machine.sh, with $1 the restore's id.
# Beside a part, on its own file system and for root alone, lies its place:
#   new/PATH  from the bundle ; old/PATH  what was put aside ; absent/PATH  there was none ; away/PATH  what undo took away
id=$1
work=$state/pki/$id  # the place of all parts beside the state directory, the list of the parts, and the marks
umask 077

marked() { [ -e "$work/$1" ]; }

# A mark appears whole or not at all. Standard input is its content.
mark() {
  cat > "$work/.$1.$$"
  settle "$work/.$1.$$"
  mv "$work/.$1.$$" "$work/$1"
  settle "$work"
}

place_of() {
  case $1 in
    "${state%/*}"/*) printf '%s' "$work" ;;
    *) printf '%s' "${1%/*}/.etcd-recovery/$id" ;;
  esac
}

# each_part FUNCTION: for every part that is staged, in their order.
each_part() {
  [ -e "$work/parts" ] || return 0
  while read -r part; do "$1" "$part"; done < "$work/parts"
}

# put FROM TO: a rename; what TO lies in is made.
put() {
  mkdir -p "${2%/*}"
  mv "$1" "$2"
  settle "${1%/*}" "${2%/*}"
}

# Names, kinds, modes, owners and contents of a file or tree, as one digest; times are none of them.
listing() {
  (
    cd "${1%/*}" || exit 1
    find "./${1##*/}" -exec stat -c '%N %f %u %g' '{}' + | sort
    find "./${1##*/}" -type f -exec sha256sum '{}' + | sort
  ) | sha256sum
}

# differs PATH: whether the machine's own is not as the staged one.
differs() { [ ! -e "$1" ] || [ "$(listing "$1")" != "$(listing "$(place_of "$1")/new$1")" ]; }

# Whether any part was put aside, or was found to be absent.
begun() {
  touched=1
  each_part look_whether_touched
  return "$touched"
}
look_whether_touched() { if was_touched "$1"; then touched=0; fi; }
was_touched() { [ -e "$(place_of "$1")/old$1" ] || [ -e "$(place_of "$1")/absent$1" ]; }

drop_new() { rm -rf "$(place_of "$1")/new"; }

# What the kubelet reads when it starts, and never again.
is_kubelets() {
  case $1 in /var/lib/kubelet/* | */kubelet.conf) ;; *) return 1 ;; esac
}

# The kubelet is started anew by systemd where that runs; else somebody has to do it: "by-hand TEXT".
restart_kubelet() {
  marked kubelet || return 0
  if command -v systemctl > /dev/null && [ -d "${SYSTEMD_RUNS:-/run/systemd/system}" ]; then
    timeout 60 systemctl restart kubelet > /dev/null 2>&1 && return 0
  fi
  printf 'by-hand restart the kubelet on this machine: its own certificate or kubeconfig was changed\n'
}
