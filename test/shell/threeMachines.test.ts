import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { askMachine } from "../../components/nodes/machineFacts";
import { substrateOf, substrateOfUndo } from "../../components/nodes/openNodes";
import { Ledger } from "../../components/procedure/ledger";
import { ledgerFields } from "../../components/procedure/ledgerFormat";
import { LEDGER_FORMAT, type LedgerRecord } from "../../components/procedure/ledgerRecord";
import { LedgerMoved } from "../../components/procedure/ledgerStore";
import type { Substrate } from "../../components/procedure/substrate";
import { kubeadm } from "../../components/profiles/kubeadm";
import { staticPods } from "../../lab/clusters/staticPods";
import { LocalMachines } from "../support/localMachines";

const names = ["cp-1", "cp-2", "cp-3"];
const all = ["etcd.yaml", "kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"];
const texts = Object.fromEntries(
  staticPods("admin-cp", ["admin-cp"], {
    dataDirectory: "/var/lib/etcd",
    uid: 0,
    gid: 0,
    isMount: false,
  }).map((pod) => [`${pod.metadata?.name}.yaml`, stringify(pod)]),
);

const record = (change: Partial<LedgerRecord> = {}): LedgerRecord => ({
  ...{ format: LEDGER_FORMAT, id: "r1", kind: "restore", phase: "open", holder: "op@ws" },
  ...{ times: { open: "2026-01-01T00:00:00Z" }, names: "{}", reach: {} },
  ...change,
});

describe("three machines of one control plane", { timeout: 60_000 }, () => {
  let machines: LocalMachines;
  let substrate: Substrate;
  let ledger: Ledger;
  let undone: (...named: string[]) => Promise<Substrate>;
  const said: string[] = [];
  const now = async () => undefined;

  beforeEach(async () => {
    machines = new LocalMachines(names, texts);
    for (const name of names)
      machines.write(name, "etcd.yaml", (texts["etcd.yaml"] ?? "").replaceAll("admin-cp", name));
    const endpoint = { host: "10.0.0.1", port: 22, user: "root", hostKey: "ssh-ed25519 A" };
    const access = {
      ...{ kind: "nodes" as const, cluster: "c", profile: "kubeadm" as const, privateKey: "" },
      machines: names.map((name) => ({ name, ...endpoint })),
    };
    const parts = {
      machines,
      access,
      profile: kubeadm,
      userAgent: "test",
      say: (line: string) => said.push(line),
    };
    const facts = await Promise.all(names.map((name) => askMachine(parts, name)));
    const apart = facts.map((one) => ({ ...one, hostname: one.machine }));
    substrate = substrateOf(parts, apart, () => undefined);
    undone = (...named) => {
      const isNamed = (name: string) => named.includes(name);
      const some = { ...access, machines: access.machines.filter(({ name }) => isNamed(name)) };
      const its = apart.filter(({ machine }) => isNamed(machine));
      return substrateOfUndo({ ...parts, access: some }, its, () => undefined);
    };
    ledger = new Ledger(substrate.ledger, "r1", "restore", substrate.advice);
    expect(() => substrateOf(parts, facts, () => undefined)).toThrow(/cp-1 and cp-2 are one machine/);
  });
  afterEach(() => {
    said.length = 0;
    machines.remove();
  });

  const open = async (fields = record()) => ledger.take(fields, await ledger.read());
  const found = async (part: string) => {
    const workload = (await substrate.workloads.find()).found.workloads.find((one) => one.part === part);
    if (workload === undefined) throw new Error(`no ${part}`);
    return workload;
  };

  it("are one cluster: members, workloads, and what of them is ready", async () => {
    expect(substrate.members.map(({ name }) => name)).toEqual(names);
    const { found: workloads, refusals } = await substrate.workloads.find();
    expect(refusals).toEqual([]);
    expect(workloads.workloads.map(({ name, replicas, ready }) => [name, replicas, ready])).toEqual([
      ["static/kube-controller-manager", 3, 3],
      ["static/kube-scheduler", 3, 3],
      ["static/kube-apiserver", 3, 3],
      ["static/etcd", 3, 3],
    ]);
  });

  it("say of each what its log says, or why it does not, when a part does not start", async () => {
    const etcd = await found("etcd");
    const { run } = machines;
    machines.run = (machine, ...script) =>
      machine === "cp-2"
        ? Promise.reject(new Error("machine cp-2 (10.0.0.1): does not answer"))
        : run.call(machines, machine, ...script);
    const lines = await substrate.workloads.trouble(etcd);
    expect(lines.filter((line) => !line.startsWith(" "))).toEqual(
      names.map((name) => expect.stringMatching(`^${name}: .*etcd:$`)),
    );
    expect(lines).toContain("    machine cp-2 (10.0.0.1): does not answer");
  });

  it("keep equal ledgers, written in their order, each only over what was read there", async () => {
    await open();
    expect(names.map((name) => machines.ledger(name).phase)).toEqual(["open", "open", "open"]);
    const stale = await substrate.ledger.read();
    await ledger.advance("staged", ["open"]);
    await expect(substrate.ledger.write(ledgerFields(record()), stale)).rejects.toThrow(LedgerMoved);
    expect(names.map((name) => machines.ledger(name).phase)).toEqual(["staged", "staged", "staged"]);
  });

  it("bring a ledger that lags level before anything is done under it", async () => {
    await open();
    const [first, ...others] = await substrate.ledger.read();
    const staged = ledgerFields(record({ phase: "staged", times: { staged: "2026-01-01T00:01:00Z" } }));
    // A write that ended after the first machine.
    const cut = substrate.ledger.write(staged, [first, { ...others[0], version: "-" }, others[1]] as never);
    await expect(cut).rejects.toThrow(LedgerMoved);
    expect(names.map((name) => machines.ledger(name).phase)).toEqual(["staged", "open", "open"]);
    expect((await ledger.read()).record?.phase).toBe("staged");
    await ledger.advance("staged", ["open"]);
    expect(names.map((name) => machines.ledger(name).phase)).toEqual(["staged", "staged", "staged"]);
  });

  it("keep ledgers of the past under their ids, and marks that come later", async () => {
    await open(record({ phase: "finished" }));
    const next = new Ledger(substrate.ledger, "r2", "restore", substrate.advice);
    await next.take(record({ id: "r2" }), await next.read());
    expect((await next.past("r1"))?.phase).toBe("finished");
    await next.markPast("r1", "finalized");
    expect((await next.past("r1"))?.times.finalized).toBeTruthy();
    expect((await substrate.ledger.all()).map(({ id }) => id).sort()).toEqual(["r1", "r2"]);
  });

  it("are undone only when each is named that the restore has begun with", async () => {
    const begun = JSON.stringify({ machines: names.map((name) => ({ name, host: "10.0.0.1" })) });
    await open(record({ names: begun }));
    expect((await undone("cp-1", "cp-3")).members).toHaveLength(2);
    await ledger.advance("staged", ["open"]);
    await expect(undone("cp-1", "cp-3")).rejects.toThrow(
      /^machines: restore r1 has begun with cp-2 too \(it is staged\), .* left out by word: --without cp-2$/,
    );
    expect((await undone(...names)).members).toHaveLength(3);
  });

  it("stop and start a part on all machines, and say what is left of it", async () => {
    await open();
    const controllers = await found("controllers");
    expect((await substrate.workloads.still([controllers]))[0]).toMatchObject({
      wanted: 3,
      instances: names.map((name) => expect.stringMatching(`^${name}: container id-kube-con`)),
    });
    for (const _ of [1, 2]) await substrate.workloads.stop(controllers, ledger.permit("open"));
    expect(await substrate.workloads.still([controllers])).toEqual([]);
    for (const name of names) {
      expect(machines.manifests(name)).toEqual(all.filter((file) => !file.includes("controller")));
      expect(machines.parked(name)).toEqual(["kube-controller-manager.yaml"]);
    }
    expect((await found("controllers")).replicas).toBe(3);
    for (const _ of [1, 2]) await substrate.workloads.start(controllers, ledger.permit("open"));
    for (const name of names) expect(machines.manifests(name)).toEqual(all);
    expect(await substrate.workloads.readiness(controllers)).toEqual({ ready: 3, wanted: 3 });
  });

  it("start API servers without the fence that another restore has left, and say so", async () => {
    await open();
    for (const part of ["controllers", "apiServers"]) {
      machines.leaveFence("cp-2", "r0");
      const workload = await found(part);
      await substrate.workloads.stop(workload, now);
      await substrate.workloads.start(workload, now);
    }
    expect(said).toEqual(["machine cp-2: taken away: the fence etcd-recovery-r0"]);
    for (const name of names) expect(machines.manifests(name)).toEqual(all);
  });

  it("change nothing when the ledger moves after it was judged, and are asked anew", async () => {
    await open();
    const scheduler = { ...(await found("controllers")), name: "static/kube-scheduler" };
    let asked = 0;
    await substrate.workloads.stop(scheduler, async () => {
      asked += 1;
      if (asked === 1) await ledger.advance("staged", ["open"]);
    });
    expect(asked).toBe(2);
    const refused = substrate.workloads.start(scheduler, ledger.permit("open"));
    await expect(refused).rejects.toThrow(/is staged; this step needs: open/);
    for (const name of names) expect(machines.parked(name)).toEqual(["kube-scheduler.yaml"]);
  });

  it("a server that does not end by itself is ended after its time, on the machine where it lingers", async () => {
    await open();
    for (const [part, container, least] of [
      ["controllers", "kube-controller-manager", 5],
      ["apiServers", "kube-apiserver", 1],
    ] as const) {
      const workload = await found(part);
      machines.linger("cp-2", container);
      const began = Date.now();
      await substrate.workloads.stop(workload, ledger.permit("open"));
      expect(Date.now() - began).toBeGreaterThanOrEqual(least * 1000);
      expect(await substrate.workloads.still([workload])).toEqual([]);
    }
  });

  it("etcd ends after the API servers: it waits for them while they end", async () => {
    await open();
    const [etcd, servers] = [await found("etcd"), await found("apiServers")];
    const order: string[] = [];
    const both = [
      substrate.workloads.stop(etcd, now).then(() => order.push("etcd")),
      substrate.workloads.stop(servers, now).then(() => order.push("apiServers")),
    ];
    await Promise.all(both);
    const parks = machines.ran.filter((line) => /: (etcd|kube-apiserver)\.yaml$/.test(line));
    const first = parks.findIndex((line) => line.endsWith("etcd.yaml") && !line.includes("apiserver"));
    expect(parks.slice(0, first).filter((line) => line.includes("apiserver")).length).toBeGreaterThanOrEqual(
      3,
    );
    expect(await substrate.workloads.still([etcd, servers])).toEqual([]);
  });
});
