import { createHash } from "node:crypto";
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { FileLock } from "../../lab/fileLock";
import { exists, removeTree, writeTree } from "../../lab/files";
import { type Log, Stopwatch } from "../../lab/progress";
import { labPackages } from "../../lab/tools/debianPackages";
import { cacheDirectory } from "../../lab/tools/toolCache";

/** What makes a guest, on the host. */
export const hostPackages = ["e2fsprogs", "mmdebstrap", "user-mode-linux"] as const;
/** What the guest has beside the lab's packages: an init system, and what loads the kernel's modules. */
const guestPackages = ["kmod", "libstdc++6", "systemd-sysv", "udev", ...labPackages];

const modules = "/usr/lib/uml/modules";
const diskSize = "12G";

/** Started by systemd at the end of the boot: runs `run.sh` of the directory that the host shares, then powers off. */
const service = `[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/lab-guest
ExecStopPost=/bin/systemctl poweroff --force
`;
const serviceProgram = `#!/bin/sh
share=$(sed -n 's/.*lab\\.share=\\([^ ]*\\).*/\\1/p' /proc/cmdline)
mkdir -p /host/share
mount -t hostfs none /host/share -o "$share"
exec sh /host/share/run.sh >/host/share/output.log 2>&1
`;

/**
 * A disk with Debian 12 as its installer leaves it, the lab's packages, and one service that runs what the host wants.
 * Made once and kept in the cache; `prepare` boots it once and changes it before it is kept.
 */
export async function provideDisk(log: Log, prepare: (disk: string) => Promise<void>): Promise<string> {
  const directory = join(cacheDirectory(), "guests");
  const disk = join(directory, `debian12-${await diskKey()}.img`);
  await FileLock.during(
    join(directory, "make.lock"),
    () => log("another process makes the guest's disk; waiting for it …"),
    async () => {
      if (!(await exists(disk))) {
        const made = `${disk}.new`;
        await makeDisk(made, `${disk}.root`, log);
        await prepare(made);
        await rename(made, disk);
      }
    },
  );
  return disk;
}

/** Key over what the disk is made by: this file, the lab's packages, and the kernel whose modules are on it. */
async function diskKey(): Promise<string> {
  const { stdout } = await execa("dpkg-query", ["--show", "user-mode-linux"]);
  const parts = [stdout, labPackages, await readFile(__filename, "utf8")];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

async function makeDisk(disk: string, root: string, log: Log): Promise<void> {
  const watch = new Stopwatch();
  log("making a disk with Debian 12 …");
  await removeTree(root);
  await rm(disk, { force: true });
  const wanted = ["--variant=minbase", `--include=${guestPackages.join(",")}`];
  // In a mount namespace of its own: whatever it has mounted below the root is gone with it, however it ends.
  const alone = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
  const argv = [...alone, "mmdebstrap", "--quiet", ...wanted, "bookworm", root];
  await execa("unshare", argv, { timeout: 1_800_000 });
  await fillRoot(root);
  await execa("mke2fs", ["-q", "-F", "-t", "ext4", "-d", root, disk, diskSize]);
  await removeTree(root);
  log(`the disk is ready after ${watch}`);
}

async function fillRoot(root: string): Promise<void> {
  const units = join(root, "etc/systemd/system");
  await cp(modules, join(root, "usr/lib/modules"), { recursive: true });
  await writeTree(join(root, "usr/local/sbin/lab-guest"), serviceProgram, 0o755);
  await chmod(join(root, "usr/local/sbin/lab-guest"), 0o755);
  await writeTree(join(units, "lab-guest.service"), service);
  await mkdir(join(units, "multi-user.target.wants"), { recursive: true });
  await symlink("../lab-guest.service", join(units, "multi-user.target.wants/lab-guest.service"));
  // The lab starts its own; two of them need not share the guest's one processor.
  for (const name of ["containerd.service", "ssh.service"])
    await rm(join(units, "multi-user.target.wants", name), { force: true });
}
