import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitUntil } from "../../lab/waiting";
import { ledgerPhase } from "../faults/recovery";
import { startRestoreScene } from "../support/restoreScene";
import { ShiftedClock } from "../support/shiftedClock";

/** Faults of the machine that a restore is driven from; the rows are those of the list of faults that it must survive. */
describe("a restore from a workstation with a fault", () => {
  const clock = new ShiftedClock();
  // Ahead of the scene's own hooks: it is right before a stack is made, and is removed when the lab is down.
  beforeEach(() => clock.set(""));
  afterAll(() => clock.dispose());

  const scene = startRestoreScene({ name: "workstation", workers: 1, members: 1 }, async (lab) =>
    clock.environment((await lab.env()).PATH ?? ""),
  );
  const { up, complete, situation, previous, restored } = scene;
  /** The workstation holds the machines' bridge: its own packets are dropped, theirs pass. */
  const table = "inet unplugged";
  const plug = () => scene.lab.run(["nft", "delete", "table", ...table.split(" ")]);
  const utilityPods = ["-n", "uc1", "get", "pods", "-l", "etcd-recovery/member", "-o"];
  /** A field of every utility Pod that there is, the finished ones of earlier restores left out. */
  const ofUtilityPods = async (field: string) => {
    const own = `-l=etcd-recovery/restore=${scene.id}`;
    return (await scene.lab.kubectl([...utilityPods, `jsonpath={.items[*].${field}}`, own])).stdout;
  };
  const ledgerTime = async (field: string) => {
    const get = ["-n", "uc1", "get", "configmap", "etcd-recovery", "-o", `jsonpath={.data.${field}}`];
    return Date.parse((await scene.lab.kubectl(get)).stdout);
  };

  beforeAll(() => {
    const chain = (hook: string, way: string) =>
      `chain ${hook} { type filter hook ${hook} priority 0; ${way} br0 drop; }`;
    scene.faults.unplugBy(
      `exec nsenter --net=/proc/${scene.lab.workstationPid}/ns/net nft 'table ${table} { ${chain("input", "iifname")}; ${chain("output", "oifname")}; }'`,
    );
  });

  it("row 38: loses its network in the middle of the transfer: nothing has changed, and it goes on", async () => {
    scene.faults.arm("unplug", "transfer: *receive.sh*");
    const lost = await up();
    await plug();
    expect(lost.exitCode, lost.screen).not.toBe(0);
    expect(lost.screen).toContain("the snapshot did not arrive whole in 3 tries");
    expect(await situation()).toEqual(previous());
    expect(await ofUtilityPods("spec.activeDeadlineSeconds")).toBe("21600");
    scene.faults.disarm();
    await scene.stacks.pulumi("cancel", "--yes");
    await complete();
    expect(await situation()).toEqual(restored());
  });

  it("row 38: loses it in the middle of the outage for as long as the Pods may live, and it goes on", async () => {
    scene.faults.arm("unplug", "start-etcd: *scale statefulset/kube-etcd*");
    const lost = await up();
    await plug();
    expect(lost.exitCode, lost.screen).not.toBe(0);
    expect(await ledgerPhase(scene.stacks, scene.id)).toBe("started");
    // Nobody ends the Pods: their own deadline does. It is brought near.
    await scene.lab.kubectl([
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
    scene.faults.disarm();
    await scene.stacks.pulumi("cancel", "--yes");
    await complete();
    expect(await situation()).toEqual(restored());
    await scene.stacks.done("up", "--yes", "--expect-no-changes");
  });

  const day = 24 * 60 * 60 * 1000;

  it.each(["+3 days", "-3 days"])("row 39: has a clock that is off by %s", async (difference) => {
    clock.set(difference);
    await complete();
    expect(await situation()).toEqual(restored());
    const off = (await ledgerTime("finished")) - Date.now();
    expect(Math.round(off / day)).toBe(difference === "+3 days" ? 3 : -3);
  });

  it("row 39: has a clock that is 3 days ahead, is killed, and another with the right time goes on", async () => {
    clock.set("+3 days");
    scene.faults.arm("kill-after", "swap: *exec*/swap.sh*");
    expect((await up()).exitCode).toBeUndefined();
    scene.faults.disarm();
    clock.set("");
    await scene.stacks.done("cancel", "--yes");
    await complete();
    expect(await situation()).toEqual(restored());
    expect(await ledgerTime("finished")).toBeLessThan(await ledgerTime("swapped"));
    await scene.stacks.done("up", "--yes", "--expect-no-changes");
  });
});
