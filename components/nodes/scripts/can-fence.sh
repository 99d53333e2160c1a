# Says whether this machine can fence its API server, one fact a line. Changes nothing.
# In:  $1 table, $2 port, $3 user of SSH.
#   nft ok|none|TEXT (what it says of the rules) ; memory TYPE (of the file system) ; forwarding yes|no|unknown
. "${0%/*}/machine.sh"
. "${0%/*}/fence-table.sh"
if command -v nft > /dev/null; then
  if said=$(rules "$1" "$2" | timeout 30 nft -c -f - 2>&1); then printf 'nft ok\n'; else printf 'nft %s\n' "$(printf '%s' "$said" | head -n 1)"; fi
else
  printf 'nft none\n'
fi
printf 'memory %s\n' "$(stat -f -c %T "${memory%/*}" 2> /dev/null || printf none)"
forwarding=$(sshd -T -C "user=$3,host=localhost,addr=127.0.0.1" 2> /dev/null < /dev/null |
  awk '$1 == "allowtcpforwarding" { print ($2 == "yes" || $2 == "local") ? "yes" : "no" }
    $1 == "disableforwarding" && $2 == "yes" { print "no" }' | sort | head -n 1) || true
printf 'forwarding %s\n' "${forwarding:-unknown}"
