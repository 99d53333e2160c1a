import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../components/errors";
import {
  chooseLayout,
  machineCgroup,
  memoryInUse,
  notHandedDown,
  parseHierarchies,
} from "../../lab/machines/cgroupLayout";
import { assertHandsDown, handDownAt, refusedBy } from "../../lab/machines/cgroups";

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
