import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab/lab";
import { waitUntil } from "../../lab/waiting";
import { MarkedCluster, type Situation } from "../faults/outcome";
import { ledgerPhase } from "../faults/recovery";
import { LabStacks } from "../support/labStack";
import { ShiftedClock } from "../support/shiftedClock";

/** Faults of the machine that a restore is driven from; the rows are those of the list of faults that it must survive. */
describe("a restore from a workstation with a fault", () => {
  const clock = new ShiftedClock();
  let lab: Lab;
  let stacks: LabStacks;
  let cluster: MarkedCluster;
  let snapshot: string;
  let found: Situation;
  let count = 0;

  const restored = () => ({ ...found, objects: ["configmap/before"] });
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const complete = () => stacks.done("up", "--yes", "--skip-preview");
  /** The workstation holds the machines' bridge: its own packets are dropped, theirs pass. */
  const table = "inet unplugged";
  const plug = () => lab.run(["nft", "delete", "table", ...table.split(" ")]);
  const utilityPods = ["-n", "uc1", "get", "pods", "-l", "etcd-recovery/member", "-o"];
  /** A field of every utility Pod that there is, the finished ones of earlier restores left out. */
  const ofUtilityPods = async (field: string) => {
    const own = `-l=etcd-recovery/restore=n${count}`;
    return (await lab.kubectl([...utilityPods, `jsonpath={.items[*].${field}}`, own])).stdout;
  };
  const ledgerTime = async (field: string) => {
    const get = ["-n", "uc1", "get", "configmap", "etcd-recovery", "-o", `jsonpath={.data.${field}}`];
    return Date.parse((await lab.kubectl(get)).stdout);
  };

  beforeAll(async () => {
    lab = await startLab({ name: "workstation", workers: 1, members: 1 });
    const { PATH = "" } = await lab.env();
    stacks = await LabStacks.open(lab, undefined, clock.environment(PATH));
    const chain = (hook: string, way: string) =>
      `chain ${hook} { type filter hook ${hook} priority 0; ${way} br0 drop; }`;
    stacks.faults.unplugBy(
      `exec nsenter --net=/proc/${lab.workstationPid}/ns/net nft 'table ${table} { ${chain("input", "iifname")}; ${chain("output", "oifname")}; }'`,
    );
    cluster = new MarkedCluster(lab);
    await cluster.put("before");
    snapshot = await stacks.backup();
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
    clock.dispose();
  });

  beforeEach(async () => {
    stacks.faults.disarm();
    clock.set("");
    await cluster.remove("after");
    await cluster.put("after");
    found = await cluster.situation();
    count += 1;
    await stacks.restoreStack(`n${count}`, { "restore.snapshot": snapshot, "restore.reason": "a test" });
  });

  it("row 38: loses its network in the middle of the transfer: nothing has changed, and it goes on", async () => {
    stacks.faults.arm("unplug", "transfer: *receive.sh*");
    const lost = await up();
    await plug();
    expect(lost.exitCode, lost.screen).not.toBe(0);
    expect(lost.screen).toContain("the snapshot did not arrive whole in 3 tries");
    expect(await cluster.situation()).toEqual(found);
    expect(await ofUtilityPods("spec.activeDeadlineSeconds")).toBe("21600");
    stacks.faults.disarm();
    await stacks.pulumi("cancel", "--yes");
    await complete();
    expect(await cluster.situation()).toEqual(restored());
  });

  it("row 38: loses it in the middle of the outage for as long as the Pods may live, and it goes on", async () => {
    stacks.faults.arm("unplug", "start-etcd: *scale statefulset/kube-etcd*");
    const lost = await up();
    await plug();
    expect(lost.exitCode, lost.screen).not.toBe(0);
    expect(await ledgerPhase(stacks, `n${count}`)).toBe("started");
    // Nobody ends the Pods: their own deadline does. It is brought near.
    await lab.kubectl([
      "-n",
      "uc1",
      "patch",
      "pod",
      await ofUtilityPods("metadata.name"),
      "-p",
      '{"spec":{"activeDeadlineSeconds":1}}',
    ]);
    await waitUntil({ what: "the utility Pod to end by its deadline", timeoutSeconds: 90 }, async () =>
      (await ofUtilityPods("status.reason")).includes("DeadlineExceeded"),
    );
    stacks.faults.disarm();
    await stacks.pulumi("cancel", "--yes");
    await complete();
    expect(await cluster.situation()).toEqual(restored());
    await stacks.done("up", "--yes", "--expect-no-changes");
  });

  const day = 24 * 60 * 60 * 1000;

  it.each(["+3 days", "-3 days"])("row 39: has a clock that is off by %s", async (difference) => {
    clock.set(difference);
    await complete();
    expect(await cluster.situation()).toEqual(restored());
    const off = (await ledgerTime("finished")) - Date.now();
    expect(Math.round(off / day)).toBe(difference === "+3 days" ? 3 : -3);
  });

  it("row 39: has a clock that is 3 days ahead, is killed, and another with the right time goes on", async () => {
    clock.set("+3 days");
    stacks.faults.arm("kill-after", "swap: *exec*/swap.sh*");
    expect((await up()).exitCode).toBeUndefined();
    stacks.faults.disarm();
    clock.set("");
    await stacks.done("cancel", "--yes");
    await complete();
    expect(await cluster.situation()).toEqual(restored());
    expect(await ledgerTime("finished")).toBeLessThan(await ledgerTime("swapped"));
    await stacks.done("up", "--yes", "--expect-no-changes");
  });
});
