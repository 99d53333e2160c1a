import { basename, join } from "node:path";
import { UserError } from "../../components/errors";

/** A mounted cgroup hierarchy of the host. */
export interface CgroupHierarchy {
  /** Where the host has it mounted, for example /sys/fs/cgroup/memory. */
  readonly mountPoint: string;
  /** Name of its directory below /sys/fs/cgroup. */
  readonly name: string;
  readonly type: "cgroup" | "cgroup2";
  /** What a further mount of the same hierarchy needs as options; "" for cgroup2. */
  readonly options: string;
}

/** How a host's cgroups carry labs. */
export interface CgroupLayout {
  /** 1: each controller has a hierarchy of its own (also "hybrid"); 2: one hierarchy has them all. */
  readonly version: 1 | 2;
  /** In which a machine has a cgroup: with version 1 all, with version 2 the one. */
  readonly hierarchies: readonly CgroupHierarchy[];
  /** What is handed down from the hierarchy's root to the machines' Pods; none with version 1, where nothing has to be. */
  readonly controllers: readonly string[];
}

/** A machine's place in a hierarchy. */
export interface MachineCgroup {
  /** What the machine sees as the root of the hierarchy. */
  readonly root: string;
  /** Where its daemons are. Beside the Pods' cgroups with version 2, where a cgroup with children holds no process. */
  readonly daemons: string;
  /** Where the machine has the hierarchy mounted, relative to /sys/fs/cgroup; "." for that directory itself. */
  readonly mountedAt: string;
}

/** Mount options that say how, not which hierarchy. */
const generalOptions = new Set(["rw", "ro", "xattr", "clone_children", "noprefix", "relatime", "nsdelegate"]);

/** Controllers without which kubelet and runc do not work. */
const neededOfVersion1 = ["cpu", "cpuset", "memory", "pids", "devices", "freezer"];
/** With version 2 devices and freezer are no controllers; kubelet and runc do without cpuset (kernels have been built so). */
const neededOfVersion2 = ["cpu", "memory", "pids"];
/** What a kubelet uses where it is there (its list of "supported unified controllers"), and containerd's statistics. */
const usedOfVersion2 = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"];

/** Name of a lab's cgroup in every hierarchy. All processes of the lab are in it, whatever else was lost. */
export function labCgroup(lab: string): string {
  return `etcd-recovery-${lab}`;
}

/** Reads the hierarchies out of /proc/self/mountinfo; of one that is mounted twice, the first. */
export function parseHierarchies(mountinfo: string): CgroupHierarchy[] {
  const found = new Map<string, CgroupHierarchy>();
  for (const line of mountinfo.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const [type, , superOptions = ""] = right.split(" ");
    const mountPoint = left.split(" ")[4] ?? "";
    if (type !== "cgroup" && type !== "cgroup2") {
      continue;
    }
    const which = superOptions
      .split(",")
      .filter((option) => !generalOptions.has(option) && !/^release_agent=/.test(option));
    const options =
      type === "cgroup2" ? "" : which.map((o) => (o.startsWith("name=") ? `none,${o}` : o)).join(",");
    const key = `${type} ${options}`;
    if (!found.has(key)) {
      found.set(key, { mountPoint, name: basename(mountPoint), type, options });
    }
  }
  return [...found.values()];
}

/**
 * How labs use these hierarchies. `unified` are the controllers of the cgroup2 hierarchy (its cgroup.controllers).
 * Version 1 where the kernel has bound its controllers so, for they cannot be in both. Throws UserError when neither
 * version has what machines need.
 */
export function chooseLayout(
  hierarchies: readonly CgroupHierarchy[],
  unified: readonly string[],
): CgroupLayout {
  const bound = new Set(hierarchies.flatMap((hierarchy) => hierarchy.options.split(",")));
  if (neededOfVersion1.every((name) => bound.has(name))) {
    return { version: 1, hierarchies, controllers: [] };
  }
  const one = hierarchies.find((hierarchy) => hierarchy.type === "cgroup2");
  if (one !== undefined && neededOfVersion2.every((name) => unified.includes(name))) {
    const controllers = usedOfVersion2.filter((name) => unified.includes(name));
    return { version: 2, hierarchies: [one], controllers };
  }
  throw unusable(bound, one, unified);
}

function unusable(
  bound: ReadonlySet<string>,
  one: CgroupHierarchy | undefined,
  unified: readonly string[],
): UserError {
  const missing = neededOfVersion2.filter((name) => !unified.includes(name));
  const elsewhere = neededOfVersion1.filter((name) => bound.has(name));
  if (elsewhere.length > 0) {
    const lacking = neededOfVersion1.filter((name) => !bound.has(name));
    return new UserError(
      `This host has the cgroup controllers ${elsewhere.join(", ")} in version 1 and lacks ${lacking.join(", ")} there, so neither version has what the lab's machines need.`,
      "Start it with the kernel argument systemd.unified_cgroup_hierarchy=1, which puts all of them into version 2.",
    );
  }
  if (one === undefined) {
    return new UserError(
      "This host has no cgroups mounted, and the lab's machines need them.",
      "Run: mount -t cgroup2 cgroup2 /sys/fs/cgroup",
    );
  }
  return new UserError(
    `The cgroup v2 hierarchy at ${one.mountPoint} has no controller ${missing.join(", ")}, which the lab's machines need.`,
    `In a container, run it as the host's root hands them down; else start the host with the kernel arguments ${missing.map((name) => `cgroup_enable=${name}`).join(" ")}, or use a virtual machine that has them.`,
  );
}

/** Where a machine of a lab is in a hierarchy. */
export function machineCgroup(
  layout: CgroupLayout,
  hierarchy: CgroupHierarchy,
  lab: string,
  machine: string,
): MachineCgroup {
  const root = join(hierarchy.mountPoint, labCgroup(lab), machine);
  return layout.version === 1
    ? { root, daemons: root, mountedAt: hierarchy.name }
    : { root, daemons: join(root, "init"), mountedAt: "." };
}

/** Those of `controllers` that a cgroup.subtree_control does not name yet. */
export function notHandedDown(controllers: readonly string[], subtreeControl: string): string[] {
  const already = subtreeControl.trim().split(/\s+/);
  return controllers.filter((name) => !already.includes(name));
}

/** Anonymous memory out of a machine's memory.stat, in bytes: what its processes use, file cache aside. */
export function memoryInUse(version: 1 | 2, memoryStat: string): number | undefined {
  const name = version === 1 ? "total_rss" : "anon";
  const bytes = new RegExp(`^${name} (\\d+)$`, "m").exec(memoryStat)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}
