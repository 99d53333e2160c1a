import type { Lab, MachineName } from "../../lab";

/** Files, directories and links of a machine by path: what is compared of each. */
export type MachineFiles = ReadonlyMap<string, string>;

/** Where keys, certificates and configuration of a control plane lie. */
export const pkiDirectory = "/etc/kubernetes/pki";

/** Where a program that works on a machine could leave something: its account's homes, and what is temporary. */
const everywhere = [
  "/etc/kubernetes",
  "/etc/ssh",
  "/home",
  "/opt",
  "/root",
  "/run",
  "/tmp",
  "/usr/local/bin",
  "/var/lib/etcd",
  "/var/lib/kubelet",
  "/var/tmp",
] as const;

/** What lives by itself: containers and their networks, volumes of Pods, etcd's own files. */
const living = [
  "/run/containerd",
  "/run/netns",
  "/run/xtables.lock",
  "/var/lib/kubelet/pods",
  "/var/lib/kubelet/device-plugins",
  "/var/lib/kubelet/plugins*",
  "/var/lib/kubelet/pod-resources",
  "/var/lib/kubelet/*_state",
  "/var/lib/kubelet/checkpoints",
  "/var/lib/etcd/member",
] as const;

/** Every path at which something could be left, without what changes by itself. Empty of content: paths are compared. */
export async function listFiles(lab: Lab, machine: MachineName): Promise<ReadonlySet<string>> {
  const without = living.flatMap((path) => ["-path", path, "-prune", "-o"]);
  // A directory that the machine has not is no mistake, and a file may go while it is listed.
  const { stdout } = await lab.onMachine(machine, ["find", ...everywhere, ...without, "-print"], {
    reject: false,
  });
  return new Set(stdout.split("\n").filter((path) => path !== ""));
}

/** Kind, mode, owner and SHA-256 of everything below a directory. */
export async function describeFiles(
  lab: Lab,
  machine: MachineName,
  directory = pkiDirectory,
): Promise<MachineFiles> {
  const onMachine = async (...argv: string[]) =>
    (await lab.onMachine(machine, argv)).stdout.split("\n").filter((line) => line !== "");
  const [facts, digests] = await Promise.all([
    onMachine("find", directory, "-printf", "%y %m %U:%G %p\n"),
    onMachine("find", directory, "-type", "f", "-exec", "sha256sum", "{}", "+"),
  ]);
  const digestOf = new Map(digests.map((line) => [line.slice(66), line.slice(0, 64)]));
  return new Map(
    facts.map((line) => {
      const [kind = "", mode = "", owner = "", ...path] = line.split(" ");
      const name = path.join(" ");
      return [name, [kind, mode, owner, digestOf.get(name) ?? ""].join(" ").trimEnd()];
    }),
  );
}

/** Paths that are in one and not in the other, or are described otherwise; sorted. */
export function differingFiles(before: MachineFiles, after: MachineFiles): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** Paths that were not there before; of a directory that was not there, the directory alone. Sorted. */
export function addedPaths(before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  const added = [...after].filter((path) => !before.has(path));
  const isBelow = (path: string) => added.some((other) => path.startsWith(`${other}/`));
  return added.filter((path) => !isBelow(path)).sort();
}
