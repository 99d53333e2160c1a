#!/bin/sh
# machineInit.sh DIRECTORY NAME
# First process of a machine's namespaces: builds its root file system (an overlay of the host's, with real directories
# and tools bound in) and becomes the reaper. DIRECTORY holds, one entry a line:
#   cgroups   ROOT <tab> DAEMONS <tab> MOUNTED_AT <tab> TYPE <tab> OPTIONS
#                 cgroups of the machine on the host, and where below /sys/fs/cgroup it sees their hierarchy
#   tools     SOURCE <tab> NAME                                 programs for /usr/local/bin
#   data.list PATH                                              real directories, kept below DIRECTORY/data
#   hide.list PATH                                              directories of the host that the machine must not see
#   sys.list  NAME                                              kernel settings that DIRECTORY/sys/NAME stands in for
#   cpuinfo                                                     stands in for /proc/cpuinfo, where it must
#   reaper                                                      the first process from then on
set -eu
directory=$1 name=$2
root=$directory/root
tab=$(printf '\t')

mount -n --make-rprivate /
mkdir -p "$root" "$directory/work" "$directory/upper"
mount -n -t overlay overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$root"
mount -n -t proc proc "$root/proc"
while read -r setting; do
  [ ! -e "$root/proc/sys/$setting" ] || mount -n --bind "$directory/sys/$setting" "$root/proc/sys/$setting"
done <"$directory/sys.list"
[ ! -e "$directory/cpuinfo" ] || mount -n --bind "$directory/cpuinfo" "$root/proc/cpuinfo"
mount -n -t sysfs sysfs "$root/sys"
mount -n --rbind /dev "$root/dev"
mount -n -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir "$root/run/sshd" "$root/run/lock" "$root/run/netns"
mount -n -t tmpfs -o mode=1777 tmpfs "$root/tmp"

mount -n -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
while IFS="$tab" read -r _ _ mounted_at type options; do
  mkdir -p "$root/sys/fs/cgroup/$mounted_at"
  mount -n -t "$type" ${options:+-o "$options"} "$type" "$root/sys/fs/cgroup/$mounted_at"
done <"$directory/cgroups"

while read -r path; do
  [ ! -d "$root$path" ] || mount -n -t tmpfs -o mode=755 tmpfs "$root$path"
done <"$directory/hide.list"

# A first boot begins with an empty etcd directory, whatever the host has there.
if [ ! -e "$directory/booted" ]; then
  rm -rf "$root/var/lib/etcd"
  mkdir -p "$root/var/lib/etcd"
  chmod 700 "$root/var/lib/etcd"
  : >"$directory/booted"
fi

while read -r path; do
  mkdir -p "$directory/data$path" "$root$path"
  mount -n --bind "$directory/data$path" "$root$path"
done <"$directory/data.list"
while IFS="$tab" read -r source tool; do
  : >"$root/usr/local/bin/$tool"
  mount -n --bind "$source" "$root/usr/local/bin/$tool"
done <"$directory/tools"

mkdir -p "$root/.old"
cp "$directory/reaper" "$root/sbin/lab-reaper"
hostname "$name"
cd "$root"
pivot_root . .old
umount -n -l /.old
rmdir /.old
mount -n --make-rshared /
exec /sbin/lab-reaper
