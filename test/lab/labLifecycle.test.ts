import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { exists } from "../../lab/files";
import { endLab, type Lab, type MachineName, openLab, startLab } from "../../lab/index";
import { labCgroup } from "../../lab/machines/cgroupLayout";
import { waitUntil } from "../../lab/waiting";

const name = "lifecycle";

/** Whatever the kernel still knows of a lab: other labs may run at the same time, so only what bears its marks. */
interface Traces {
  readonly processes: string[];
  readonly cgroups: string[];
  readonly mounts: string[];
  readonly networks: string[];
  readonly files: boolean;
}

async function processIds(): Promise<string[]> {
  return (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
}

async function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

/** Network namespaces of processes, the host's own aside. */
async function networksOf(pids: readonly string[]): Promise<string[]> {
  const host = await readlink("/proc/self/ns/net");
  const links = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => "")));
  return [...new Set(links.filter((link) => link !== "" && link !== host))];
}

async function processesIn(cgroup: RegExp): Promise<string[]> {
  const pids = await processIds();
  const cgroups = await Promise.all(pids.map((pid) => read(`/proc/${pid}/cgroup`)));
  return pids.filter((_, index) => cgroup.test(cgroups[index] ?? ""));
}

const membersOfCgroup = () => processesIn(new RegExp(`/${labCgroup(name)}/`));
/** Another lab's namespaces may have got numbers that this one's had. */
const membersOfOtherLabs = () => processesIn(new RegExp(`/${labCgroup("")}(?!${name}/)`));

async function tracesOf(directory: string, labNetworks: readonly string[]): Promise<Traces> {
  const pids = await processIds();
  // With version 2 the hierarchy is that directory itself.
  const hierarchies = [".", ...(await readdir("/sys/fs/cgroup"))];
  const cgroups = hierarchies.map((hierarchy) => join("/sys/fs/cgroup", hierarchy, labCgroup(name)));
  const present = await Promise.all(cgroups.map(exists));
  const mountTables = await Promise.all(pids.map((pid) => read(`/proc/${pid}/mountinfo`)));
  const others = new Set(await membersOfOtherLabs());
  const networks = await networksOf(pids.filter((pid) => !others.has(pid)));
  return {
    processes: await membersOfCgroup(),
    cgroups: cgroups.filter((_, index) => present[index]),
    mounts: mountTables.flatMap((table) =>
      table.split("\n").filter((line) => line.includes(`${directory}/`)),
    ),
    networks: networks.filter((network) => labNetworks.includes(network)),
    files: await exists(directory),
  };
}

const nothing: Traces = { processes: [], cgroups: [], mounts: [], networks: [], files: false };

async function hostLinks(): Promise<string[]> {
  return (await readdir("/sys/class/net")).sort();
}

/** A member that answers, through the kubelet of its node and in its own container. */
async function memberHealth(lab: Lab): Promise<string> {
  const certificates = "/etcd.local.config/certificates";
  const etcdctl = [
    "etcdctl",
    "--endpoints=https://127.0.0.1:2379",
    `--cacert=${certificates}/etcdCA.crt`,
    `--cert=${certificates}/etcd.crt`,
    `--key=${certificates}/etcd.key`,
    "endpoint",
    "health",
  ];
  const answer = await lab.kubectl(["-n", "uc1", "exec", "kube-etcd-0", "-c", "kube-etcd", "--", ...etcdctl]);
  return answer.stdout + answer.stderr;
}

const endKubelet =
  'for each in /proc/[0-9]*; do [ "$(cat "$each/comm")" != kubelet ] || kill -9 "$(basename "$each")"; done';

/** Process id on the host of a machine's first process. */
async function firstProcessOf(lab: Lab, machine: MachineName): Promise<number> {
  const namespace = (await lab.onMachine(machine, ["readlink", "/proc/1/ns/pid"])).stdout;
  for (const pid of await membersOfCgroup()) {
    const same = (await readlink(`/proc/${pid}/ns/pid`).catch(() => "")) === namespace;
    if (same && (await read(`/proc/${pid}/comm`)) === "lab-reaper\n") {
      return Number(pid);
    }
  }
  throw new Error(`${machine} has no first process`);
}

afterAll(() => endLab(name));

describe("a small lab", () => {
  test("comes up, survives its maker, goes without a trace, and comes up again after a crash", async () => {
    const linksBefore = await hostLinks();

    const first = await startLab({ name, workers: 1 });
    expect((await first.userKubectl("uc1", ["get", "--raw", "/readyz"])).stdout).toBe("ok");
    expect(await memberHealth(first)).toContain("is healthy");
    const opened = await openLab(name);
    expect(opened.workstationPid).toBe(first.workstationPid);
    expect(opened.userCluster()).toMatchObject({ name: "uc1", members: 1, apiservers: 1, pdb: true });
    expect(await hostLinks()).toEqual(linksBefore);

    // A crash of a kubelet, which an init system starts again.
    await first.onMachine("node-a", ["sh", "-c", endKubelet]);
    await waitUntil({ what: "the kubelet to be back", timeoutSeconds: 30 }, async () =>
      (await memberHealth(first)).includes("is healthy"),
    );

    // A crash of the whole admin control plane, and of the lab's own memory of it.
    const networks = await networksOf(await membersOfCgroup());
    expect(networks.length).toBeGreaterThanOrEqual(4);
    process.kill(await firstProcessOf(opened, "admin-cp"), "SIGKILL");
    await rm(join(opened.directory, "lab.json"));

    const second = await startLab({ name, workers: 1, pdb: false });
    expect(second.workstationPid).not.toBe(first.workstationPid);
    expect((await second.userKubectl("uc1", ["get", "--raw", "/readyz"])).stdout).toBe("ok");
    const budgets = await second.kubectl(["-n", "uc1", "get", "pdb", "-o", "name"]);
    expect(budgets.stdout).toBe("");
    const laterNetworks = await networksOf(await membersOfCgroup());

    await second.down();
    expect(await tracesOf(second.directory, [...networks, ...laterNetworks])).toEqual(nothing);
    expect(await hostLinks()).toEqual(linksBefore);
    await expect(openLab(name)).rejects.toThrow("There is no lab lifecycle");
  });
});
