import { describe, expect, test } from "vitest";
import { UserError } from "../../components/errors";
import { shellExports, userVariable } from "../../lab/env";
import type { MachineName } from "../../lab/lab";
import { LabDirectory } from "../../lab/labDirectory";
import { balancerArguments } from "../../lab/machines/balancer";
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
