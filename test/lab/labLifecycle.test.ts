import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { endLab, type Lab, type MachineName, openLab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { networksOf, nothing, processesOf, tracesOf } from "../support/labTraces";

const name = "lifecycle";

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
  for (const pid of await processesOf(name)) {
    const same = (await readlink(`/proc/${pid}/ns/pid`).catch(() => "")) === namespace;
    if (same && (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")) === "lab-reaper\n") {
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
    const networks = await networksOf(await processesOf(name));
    expect(networks.length).toBeGreaterThanOrEqual(4);
    process.kill(await firstProcessOf(opened, "admin-cp"), "SIGKILL");
    await rm(join(opened.directory, "lab.json"));

    const second = await startLab({ name, workers: 1, pdb: false });
    expect(second.workstationPid).not.toBe(first.workstationPid);
    expect((await second.userKubectl("uc1", ["get", "--raw", "/readyz"])).stdout).toBe("ok");
    const budgets = await second.kubectl(["-n", "uc1", "get", "pdb", "-o", "name"]);
    expect(budgets.stdout).toBe("");
    const laterNetworks = await networksOf(await processesOf(name));

    await second.down();
    expect(await tracesOf(name, second.directory, [...networks, ...laterNetworks])).toEqual(nothing);
    expect(await hostLinks()).toEqual(linksBefore);
    await expect(openLab(name)).rejects.toThrow("There is no lab lifecycle");
  });
});
