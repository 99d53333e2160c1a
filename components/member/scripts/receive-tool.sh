# Takes a static etcdutl from standard input, for images that have none that fits. It lies in this restore's own
# directory on the volume, since the Pod's root is read-only, and goes when the member is staged.
# In:  $2 bytes, $3 SHA-256 in hex.   Result: "sha256 HEX", "tool PATH" (none: cannot bump), "tool-version N".
. "${0%/*}/volume.sh"
. "${0%/*}/tool.sh"
bytes=$2
digest=$3
given=$work/etcdutl

lock_volume
not_undone "choose a new restore id"
if [ ! -e "$given" ] || [ "$(sha256 "$given")" != "$digest" ]; then
  rm -f "$given" "$given.part"
  cat > "$given.part"
  got=$(size "$given.part")
  if [ "$got" != "$bytes" ] || [ "$(sha256 "$given.part")" != "$digest" ]; then
    rm -f "$given.part"
    die "etcdutl arrived with $got bytes instead of $bytes, or changed: the stream was cut" 75
  fi
  chmod 700 "$given.part"
  mv "$given.part" "$given"
fi
"$given" version > /dev/null 2>&1 || die "$given does not run here: a volume mounted noexec, or a program for another kind of machine ($(uname -m))"
tool=$given
can_bump "$given" || tool=none
printf 'sha256 %s\ntool %s\ntool-version %s\n' "$digest" "$tool" "$(version_of "$given")"
