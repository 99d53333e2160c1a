# Says of static Pods whether they are wanted and what of them lives. Changes nothing.
# In:  four words a Pod: file name, container, its data directory ("-": none), URL of its /readyz ("-": none).
#   wanted FILE 0|1 ; parked FILE 0|1 ; instance FILE TEXT (none: all gone) ; unready FILE ; restarts FILE NUMBER
. "${0%/*}/machine.sh"
. "${0%/*}/containers.sh"
is_there() { if [ -e "$1" ]; then printf 1; else printf 0; fi; }

# One that lets nobody ask without a name says nothing of itself. What the environment has for the way out is no way to it.
is_ready() {
  case $(curl -ks --noproxy '*' --max-time 3 -w '%{http_code}' "$1" < /dev/null || true) in ok | ok200 | *401) ;; *) return 1 ;; esac
}

while [ $# -ge 4 ]; do
  printf 'wanted %s %s\n' "$1" "$(is_there "$manifests/$1")"
  printf 'parked %s %s\n' "$1" "$(is_there "$parked/$1")"
  living=$(instances "$2")
  for id in $living; do printf 'instance %s container %.12s\n' "$1" "$id"; done
  # A process that the runtime no longer knows, or does not know yet, still holds it.
  if [ -z "$living" ] && [ "$3" != - ] && is_held "$3/member/snap/db"; then
    printf 'instance %s process with a lock on %s\n' "$1" "$3/member/snap/db"
  fi
  if [ -n "$living" ] && [ "$4" != - ] && command -v curl > /dev/null; then
    is_ready "$4" || printf 'unready %s\n' "$1"
  fi
  log=$(logs_of "$2" | head -n 1)
  log=${log##*/}
  log=${log%.log}
  case $log in '' | *[!0-9]*) ;; *) printf 'restarts %s %s\n' "$1" "$log" ;; esac
  shift 4
done
