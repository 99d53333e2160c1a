import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../components/errors";
import { shellExports, userVariable } from "../../lab/env";
import type { MachineName } from "../../lab/lab";
import { LabDirectory } from "../../lab/labDirectory";
import { balancerArguments } from "../../lab/machines/balancer";
import {
  chooseLayout,
  machineCgroup,
  memoryInUse,
  notHandedDown,
  parseHierarchies,
} from "../../lab/machines/cgroupLayout";
import { assertHandsDown, handDownAt, refusedBy } from "../../lab/machines/cgroups";
import { cpuinfoForKubelet } from "../../lab/machines/cpuinfo";
import { iptablesPrograms } from "../../lab/machines/iptables";
import { hasSsh, isControlPlane, isNode, isWorker, machineNames } from "../../lab/machines/machineRoles";
import {
  balancedAddress,
  controlPlaneAddress,
  hostsFile,
  machineAddresses,
  podSubnets,
} from "../../lab/machines/networkPlan";
import { kubeletConfig } from "../../lab/machines/nodeRuntime";
import { parseStartTime } from "../../lab/machines/processes";
import { formatSeconds } from "../../lab/progress";
import { patient } from "../../lab/waiting";

/** Excerpts of /proc/self/mountinfo. */
const separate = `
24 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 25 0:26 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
31 25 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
32 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
33 25 0:29 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices
34 25 0:30 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer
35 25 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
36 25 0:32 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
37 25 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
40 24 0:27 / /mnt/second rw - cgroup cgroup rw,cpu
`;
const joined = "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct";
const netClass = "29 25 0:25 / /sys/fs/cgroup/net_cls rw - cgroup cgroup rw,net_cls";
const pure = "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot";

describe("cgroup hierarchies", () => {
  test("are read with what a second mount of each needs", () => {
    const hierarchies = parseHierarchies(separate);
    expect(hierarchies).toHaveLength(8);
    expect(hierarchies[1]).toEqual({
      mountPoint: "/sys/fs/cgroup/cpu",
      name: "cpu",
      type: "cgroup",
      options: "cpu",
    });
    expect(hierarchies[6]).toMatchObject({ name: "systemd", options: "none,name=systemd" });
    expect(hierarchies[7]).toMatchObject({ type: "cgroup2", options: "" });
  });

  test("that share controllers stay together", () => {
    expect(parseHierarchies(joined)[0]).toMatchObject({ name: "cpu,cpuacct", options: "cpu,cpuacct" });
  });
});

/** What cgroup.controllers of a distribution's kernel names. */
const distribution = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"];

describe("a host's cgroup layout", () => {
  test.each([
    ["of version 1", separate.replace(/^37.*\n/m, ""), [], 1, 7, []],
    ["hybrid", separate, [""], 1, 8, []],
    ["of version 2", pure, distribution, 2, 1, ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"]],
    [
      "of version 2 without cpuset",
      pure,
      ["cpu", "io", "memory", "pids"],
      2,
      1,
      ["cpu", "io", "memory", "pids"],
    ],
    [
      "of version 2 beside a net_cls of version 1",
      `${netClass}\n${pure}`,
      distribution,
      2,
      1,
      expect.any(Array),
    ],
  ])("%s", (_, mountinfo, unified, version, count, controllers) => {
    const layout = chooseLayout(parseHierarchies(mountinfo), unified);
    expect(layout).toMatchObject({ version, controllers });
    expect(layout.hierarchies).toHaveLength(count);
    if (version === 2) expect(layout.hierarchies[0]?.mountPoint).toBe("/sys/fs/cgroup");
  });

  test.each([
    ["nothing", "24 1 254:0 / / rw - ext4 /dev/vda rw", [], /no cgroups mounted.*mount -t cgroup2 cgroup2/],
    [
      "version 2 without memory",
      pure,
      ["cpuset", "cpu", "io", "pids"],
      /has no controller memory,.*cgroup_enable=memory/,
    ],
    [
      "version 2 that hands nothing down",
      pure,
      [""],
      /has no controller cpu, memory, pids,.*cgroup_enable=cpu cgroup_enable=memory cgroup_enable=pids/,
    ],
    [
      "version 1 without pids",
      separate.replace(/^35.*\n/m, ""),
      ["pids"],
      /lacks pids there.*systemd\.unified_cgroup_hierarchy=1/,
    ],
  ])("is refused with the way out: %s", (_, mountinfo, unified, sentence) => {
    expect(() => chooseLayout(parseHierarchies(mountinfo), unified)).toThrow(UserError);
    expect(() => chooseLayout(parseHierarchies(mountinfo), unified)).toThrow(sentence);
  });

  test("says where a machine is in each hierarchy of version 1", () => {
    const layout = chooseLayout(parseHierarchies(separate), [""]);
    const places = layout.hierarchies.map((one) => machineCgroup(layout, one, "l", "node-a"));
    expect(places[2]).toEqual({
      root: "/sys/fs/cgroup/memory/etcd-recovery-l/node-a",
      daemons: "/sys/fs/cgroup/memory/etcd-recovery-l/node-a",
      mountedAt: "memory",
    });
  });

  test("puts daemons beside the Pods with version 2", () => {
    const layout = chooseLayout(parseHierarchies(pure), distribution);
    expect(layout.hierarchies.map((one) => machineCgroup(layout, one, "l", "node-a"))).toEqual([
      {
        root: "/sys/fs/cgroup/etcd-recovery-l/node-a",
        daemons: "/sys/fs/cgroup/etcd-recovery-l/node-a/init",
        mountedAt: ".",
      },
    ]);
  });

  test.each([
    [["cpu", "memory", "pids"], "memory pids\n", ["cpu"]],
    [["cpu", "memory"], "\n", ["cpu", "memory"]],
    [["cpu"], "cpuset cpu io", []],
    [[], "", []],
  ])("hands down %j where %j is handed down by writing %j", (controllers, already, missing) => {
    expect(notHandedDown(controllers, already)).toEqual(missing);
  });

  test.each([
    [1, "rss 1\ntotal_rss 4096\n", 4096],
    [2, "anon 8192\nfile 1\n", 8192],
    [2, "", undefined],
  ] as const)("version %d tells a machine's memory", (version, stat, bytes) => {
    expect(memoryInUse(version, stat)).toBe(bytes);
  });
});

describe("a cgroup of version 2, written as files", () => {
  const inDirectory = async (already: string, work: (directory: string) => Promise<void>) => {
    const directory = await mkdtemp(join(tmpdir(), "cgroup-"));
    await writeFile(join(directory, "cgroup.subtree_control"), already);
    await work(directory).finally(() => rm(directory, { recursive: true }));
  };

  test("is told what is missing, in one write", () =>
    inDirectory("memory pids", async (directory) => {
      await handDownAt(directory, ["cpu", "memory", "io"]);
      expect(await readFile(join(directory, "cgroup.subtree_control"), "utf8")).toBe("+cpu +io");
    }));

  test("is left alone when nothing is", () =>
    inDirectory("memory pids", async (directory) => {
      await handDownAt(directory, ["memory"]);
      expect(await readFile(join(directory, "cgroup.subtree_control"), "utf8")).toBe("memory pids");
    }));
});

describe("a root of version 2", () => {
  const rootWith = async (files: Readonly<Record<string, string>>, work: (root: string) => Promise<void>) => {
    const root = await mkdtemp(join(tmpdir(), "cgroup-"));
    for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
    await work(root).finally(() => rm(root, { recursive: true }));
  };
  const layoutAt = (root: string) =>
    chooseLayout(parseHierarchies(pure.replace("/sys/fs/cgroup", root)), ["cpu", "memory", "pids"]);
  const container = { "cgroup.type": "domain\n", "cgroup.procs": "1\n", "cgroup.subtree_control": "" };

  test("that holds processes and hands nothing down is refused before anything is built", () =>
    rootWith(container, async (root) => {
      await expect(assertHandsDown(layoutAt(root))).rejects.toThrow(/has processes of its own.*Move them/);
    }));

  test.each([
    ["is the kernel's own", { "cgroup.procs": "1\n", "cgroup.subtree_control": "memory pids\n" }],
    ["holds no process", { ...container, "cgroup.procs": "" }],
    ["hands down already", { ...container, "cgroup.subtree_control": "cpu memory pids\n" }],
  ])("that %s will do", (_, files) =>
    rootWith(files, (root) => expect(assertHandsDown(layoutAt(root))).resolves.toBeUndefined()),
  );
});

test.each([
  ["EBUSY", /processes of its own.*mkdir -p \/c\/init && for pid in/],
  ["EROFS", /cannot be written to \(EROFS\).*mount -o remount,rw \/c/],
  ["EINVAL", /refuses "\+cpu" in \/c\/cgroup.subtree_control/],
])("a kernel that answers %s is explained", (code, sentence) => {
  const error = refusedBy(Object.assign(new Error("no"), { code }), "/c", "+cpu");
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(sentence);
});

describe("a node's kubelet", () => {
  test("is told to start on version 1, and has its default on version 2", () => {
    expect(kubeletConfig(1)).toMatchObject({ failCgroupV1: false, cgroupDriver: "cgroupfs" });
    expect(kubeletConfig(2)).not.toHaveProperty("failCgroupV1");
    expect(kubeletConfig(2)).toMatchObject({ cgroupDriver: "cgroupfs" });
  });

  const told = "processor\t: 0\ncpu MHz\t\t: 2600.000\n";
  const untold = "processor\t: 0\nmodel name\t: UML\nbogomips\t: 1208.32\n";
  test.each([
    ["x64", told, undefined],
    ["arm64", untold, undefined],
    ["x64", untold, "processor\t: 0\ncpu MHz\t\t: 1000.000\nmodel name\t: UML\nbogomips\t: 1208.32\n"],
  ])("on %s sees a clock speed", (architecture, cpuinfo, seen) => {
    expect(cpuinfoForKubelet(architecture, cpuinfo)).toBe(seen);
  });
});

test("a process's start time is found behind whatever its name is", () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  fields[0] = "S";
  expect(parseStartTime(`17 (a) b) (c) ${fields.join(" ")}`)).toBe("22");
});

describe("the network", () => {
  test("has one address a machine and one Pod subnet a node", () => {
    const addresses = [...Object.values(machineAddresses), balancedAddress];
    expect(new Set(addresses).size).toBe(addresses.length);
    const subnets = Object.values(podSubnets);
    expect(new Set(subnets).size).toBe(subnets.length);
    const nodes = (Object.keys(machineAddresses) as MachineName[]).filter(isNode);
    expect(Object.keys(podSubnets).sort()).toEqual(nodes.sort());
  });

  test("names only the machines that there are", () => {
    const hosts = hostsFile(machineNames(["admin-cp"], ["node-a"]));
    expect(hosts).toContain("10.77.0.11 node-a\n");
    expect(hosts).not.toContain("node-b");
  });

  test("has an address for several API servers, and a balancer behind it", () => {
    expect(controlPlaneAddress(["admin-cp"])).toBe("10.77.0.10");
    expect(balancerArguments(["admin-cp"])).toBeUndefined();
    expect(controlPlaneAddress(["cp-a", "cp-b"])).toBe("10.77.0.20");
    expect(balancerArguments(["cp-a", "cp-b"])).toEqual([
      "10.77.0.20:6443",
      "10.77.0.21:6443",
      "10.77.0.22:6443",
    ]);
  });
});

test.each([
  ["ws", { node: false, controlPlane: false, worker: false, ssh: false }],
  ["jump", { node: false, controlPlane: false, worker: false, ssh: true }],
  ["admin-cp", { node: true, controlPlane: true, worker: false, ssh: true }],
  ["cp-c", { node: true, controlPlane: true, worker: false, ssh: true }],
  ["node-b", { node: true, controlPlane: false, worker: true, ssh: false }],
] as const)("the role of %s", (name, role) => {
  expect({
    node: isNode(name),
    controlPlane: isControlPlane(name),
    worker: isWorker(name),
    ssh: hasSsh(name),
  }).toEqual(role);
});

describe("a lab's directory", () => {
  test.each(["", "Lab", "a b", "../x", "1lab", "a".repeat(21)])("cannot be named %j", (name) => {
    expect(() => new LabDirectory(name, "/var/lib/labs")).toThrow(UserError);
  });

  test.each(["relative", "/with space", "/quote'"])("cannot lie in %j", (base) => {
    expect(() => new LabDirectory("lab", base)).toThrow(/ETCD_RECOVERY_LAB_DIR/);
  });

  test("keeps labs of different names apart", () => {
    expect(new LabDirectory("one", "/var/lib/labs").path).toBe("/var/lib/labs/one");
  });
});

describe("shell exports", () => {
  test("leave the shell its own PATH", () => {
    expect(shellExports({ PATH: "/lab/bin:/usr/bin:/bin" }, "/usr/bin:/bin")).toBe(
      `export PATH='/lab/bin:'"$PATH"\n`,
    );
  });

  test("quote what a shell would read as more than text", () => {
    expect(shellExports({ A: "it's $HOME" }, "/bin")).toBe("export A='it'\\''s $HOME'\n");
  });

  test("name a user cluster's kubeconfig", () => {
    expect(userVariable("uc-1")).toBe("USER_KUBECONFIG_UC_1");
  });
});

test.each([
  [0.04, "0.0 s"],
  [59.94, "59.9 s"],
  [61, "1 min 01 s"],
  [3599.6, "60 min 00 s"],
])("%d seconds read as %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

describe("the lab's patience", () => {
  test.each([
    [{}, 20],
    [{ ETCD_RECOVERY_LAB_PATIENCE: "12" }, 240],
    [{ ETCD_RECOVERY_LAB_PATIENCE: "1.5" }, 30],
  ])("with %j makes 20 seconds %d", (env, seconds) => {
    expect(patient(20, env)).toBe(seconds);
  });

  test.each(["", "0.5", "many", "101"])("cannot be %j", (text) => {
    expect(() => patient(20, { ETCD_RECOVERY_LAB_PATIENCE: text })).toThrow(/from 1 to 100/);
  });
});

describe("a node's iptables", () => {
  const kernelWith = (...programs: string[]) => {
    return async (program: string) => (programs.includes(program) ? undefined : "TABLE_ADD failed");
  };

  test("are the host's where they work", async () => {
    expect(await iptablesPrograms(kernelWith("iptables", "iptables-legacy"))).toEqual({});
  });

  test("are those of the older tables where only these work", async () => {
    expect(await iptablesPrograms(kernelWith("iptables-legacy"))).toMatchObject({
      iptables: "/usr/sbin/iptables-legacy",
      "ip6tables-restore": "/usr/sbin/ip6tables-legacy-restore",
    });
  });

  test("are refused where none work, with what the kernel said", async () => {
    await expect(iptablesPrograms(kernelWith())).rejects.toThrow(/TABLE_ADD failed.*modprobe nft_chain_nat/);
  });
});
