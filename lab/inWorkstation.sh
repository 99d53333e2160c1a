#!/bin/sh
# Runs the tool of this file's name in the network of the lab's workstation, with the files of the host. `lab up` copies
# it to <lab>/bin and links each tool's name to it; <lab>/bin/.workstation holds process and network, .tools the tools.
set -eu
bin=$(dirname "$0")
tool=$(basename "$0")
{
  read -r pid
  read -r network
} <"$bin/.workstation"
if [ "$(readlink "/proc/$pid/ns/net" 2>/dev/null)" != "$network" ]; then
  echo "$tool: the lab of $bin does not run; start it with: npm run lab -- up" >&2
  exit 69
fi
# Already there, for example a tool that was started by another one.
if [ "$(readlink /proc/self/ns/net)" = "$network" ]; then
  exec "$bin/.tools/$tool" "$@"
fi
exec nsenter "--net=/proc/$pid/ns/net" -- "$bin/.tools/$tool" "$@"
