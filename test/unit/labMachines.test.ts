import { describe, expect, test } from "vitest";
import { UserError } from "../../components/errors";
import { shellExports, userVariable } from "../../lab/env";
import { LabDirectory } from "../../lab/labDirectory";
import { assertUsable, parseHierarchies } from "../../lab/machines/cgroups";
import { machineNames } from "../../lab/machines/machineRoles";
import { hostsFile, machineAddresses, podSubnets } from "../../lab/machines/networkPlan";
import { parseStartTime } from "../../lab/machines/processes";
import { formatSeconds } from "../../lab/progress";

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

  test("of version 1 are enough", () => {
    expect(() => assertUsable(parseHierarchies(separate))).not.toThrow();
  });

  test("of version 2 alone are refused with the way out", () => {
    expect(() => assertUsable(parseHierarchies(pure))).toThrow(/cgroup v2 alone.*unified_cgroup_hierarchy=0/);
  });

  test("that lack a controller are refused by its name", () => {
    const without = separate.replace(/^35.*\n/m, "");
    expect(() => assertUsable(parseHierarchies(without))).toThrow(/no cgroup v1 controller pids/);
  });
});

test("a process's start time is found behind whatever its name is", () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  fields[0] = "S";
  expect(parseStartTime(`17 (a) b) (c) ${fields.join(" ")}`)).toBe("22");
});

describe("the network", () => {
  test("has one address a machine and one Pod subnet a node", () => {
    const addresses = Object.values(machineAddresses);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(Object.keys(podSubnets)).toEqual(["admin-cp", "node-a", "node-b", "node-c"]);
  });

  test("names only the machines that there are", () => {
    const hosts = hostsFile(machineNames(["node-a"]));
    expect(hosts).toContain("10.77.0.11 node-a\n");
    expect(hosts).not.toContain("node-b");
  });
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
