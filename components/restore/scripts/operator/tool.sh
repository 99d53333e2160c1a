# Which program restores on a member's volume. In: MEMBER UTILITY_IMAGE SERVER_VERSION SNAPSHOT_VERSION, and of a
# given etcdutl ETCDUTL ETCDUTL_SIZE ETCDUTL_SHA256.

# Why a tool of this version must not be used; nothing when it may. A newer tool's data runs under older servers
# (etcdutl 3.6.14 for 3.4.23); an older tool does not know all that a newer snapshot holds, and a server starts on the
# data of its own minor or the one before, as in an upgrade.
tool_unfit() { # VERSION
  tool_minor=$(minor "$1")
  if [ -z "$tool_minor" ]; then return 0; fi
  if [ -n "${SNAPSHOT_VERSION:-}" ] && [ "$tool_minor" -lt "$(minor "$SNAPSHOT_VERSION")" ]; then
    printf 'it is %s, older than the snapshot (%s)' "$1" "$SNAPSHOT_VERSION"
  elif [ -n "$(minor "${SERVER_VERSION:-}")" ] && [ "$tool_minor" -lt $(($(minor "$SERVER_VERSION") - 1)) ]; then
    printf 'it is %s, more than one minor older than the server (%s)' "$1" "$SERVER_VERSION"
  fi
}

# The image's own program when it can bump the revision and fits, else the given one, else none.
# Sets $tool, for stage.sh in the Pod, and $tool_reason.
choose_tool() { # STATE, as state.sh says it
  tool=$(fact tool "$1")
  version=$(fact tool-version "$1")
  if [ "$tool" = none ]; then
    unfit="it has neither etcdutl >= 3.5.10 nor etcdctl >= 3.4.27, which bump the revision"
  else
    unfit=$(tool_unfit "$version")
    if [ -n "$unfit" ]; then unfit="its $tool does not fit: $unfit"; fi
  fi
  if [ -z "$unfit" ]; then
    tool_reason="$tool $version of utilityImage"
    return 0
  fi
  [ -n "${ETCDUTL:-}" ] || refuse "utilityImage: $UTILITY_IMAGE: $unfit" "$(tool_remedy)"
  bring_tool
}

# An etcdutl on this machine's PATH is named, not used: nobody said that it may restore.
tool_remedy() {
  own=$(command -v etcdutl || true)
  printf "Give a static etcdutl of the server's version%s: pulumi config set --path restore.etcdutl %s   (or utilityImage: an image that has one)" \
    "${SERVER_VERSION:+ ($SERVER_VERSION)}" "${own:-PATH}"
}

bring_tool() {
  answer=$(in_utility "$MEMBER" receive-tool.sh "$ETCDUTL_SIZE" "$ETCDUTL_SHA256" < "$ETCDUTL") ||
    die "restore.etcdutl: $ETCDUTL did not come to $MEMBER whole, or does not run there (see above)" "pulumi up"
  [ "$(fact sha256 "$answer")" = "$ETCDUTL_SHA256" ] || die "restore.etcdutl: the Pod of $MEMBER answered '$answer' instead of SHA-256 $ETCDUTL_SHA256" "pulumi up"
  tool=$(fact tool "$answer")
  version=$(fact tool-version "$answer")
  [ "$tool" != none ] || refuse "restore.etcdutl: $ETCDUTL ($version) cannot bump the revision" "Give etcdutl 3.5.10 or newer: pulumi config set --path restore.etcdutl PATH"
  given_unfit=$(tool_unfit "$version")
  [ -z "$given_unfit" ] || refuse "restore.etcdutl: $ETCDUTL does not fit: $given_unfit" "pulumi config set --path restore.etcdutl PATH"
  tool_reason="restore.etcdutl $version, since of utilityImage: $unfit"
}
