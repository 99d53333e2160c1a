import { beforeAll, describe, expect, it } from "vitest";
import { memberVolumePath } from "../../../lab/clusters/userEtcd";
import { waitUntil } from "../../../lab/waiting";
import type { RestoreScene } from "../../support/restoreScene";
import type { ShiftedClock } from "../../support/shiftedClock";

/** Faults of the machine that a restore is driven from. */
export function workstationFaults(scene: RestoreScene, clock: ShiftedClock): void {
  describe("of the workstation", () => {
    const { up, complete, killed, phase, situation, previous, restored } = scene;
    /** The workstation holds the machines' bridge: its own packets are dropped, theirs pass. */
    const table = "inet unplugged";
    const plug = () => scene.lab.run(["nft", "delete", "table", ...table.split(" ")]);
    const unplugged = async (pattern: string) => {
      scene.faults.arm("unplug", pattern);
      const run = await up();
      if (!scene.faults.struck) throw new Error(`no request was like ${pattern}:\n${run.screen}`);
      await plug();
      scene.faults.disarm();
      await scene.stacks.pulumi("cancel", "--yes");
      expect(run.exitCode, run.screen).not.toBe(0);
      return run;
    };
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

    it("row 38: loses its network in the transfer, then in the outage for as long as the Pods may live: it goes on", async () => {
      const lost = await unplugged("kubectl: exec*/receive.sh*");
      expect(lost.screen).toContain("the snapshot did not arrive whole in 3 tries");
      expect(await situation()).toEqual(previous());
      expect(await ofUtilityPods("spec.activeDeadlineSeconds")).toBe("21600");
      // Here a transfer stalls after 5 s, not 120: three tries would be over before TCP tells the Pod that the first one's
      // sender is gone, and that one holds the volume until then.
      await waitUntil({ what: "the transfer that was cut off to end", timeoutSeconds: 120 }, async () => {
        const work = `${memberVolumePath("uc1", 0)}/.etcd-recovery/${scene.id}`;
        return !(await scene.lab.onMachine("node-a", ["ls", "-A", work])).stdout.split("\n").includes("lock");
      });
      await unplugged("swap: PUT configmaps/etcd-recovery *");
      expect(await phase()).toBe("quiesced");
      // Nobody ends the Pods: their own deadline does. It is brought near.
      const pod = await ofUtilityPods("metadata.name");
      const soon = '{"spec":{"activeDeadlineSeconds":1}}';
      await scene.lab.kubectl(["-n", "uc1", "patch", "pod", pod, "-p", soon]);
      await waitUntil({ what: "the utility Pod to end by its deadline", timeoutSeconds: 90 }, async () =>
        (await ofUtilityPods("status.reason")).includes("DeadlineExceeded"),
      );
      expect(await complete()).toContain("its utility Pod had ended; made");
      expect(await situation()).toEqual(restored());
      await scene.stacks.done("up", "--yes", "--expect-no-changes");
    });

    it("row 39: has a clock that is 3 days ahead, is killed, and another that is 3 days behind goes on", async () => {
      const days = (from: number, to: number) => Math.round((from - to) / (24 * 60 * 60 * 1000));
      clock.set(3);
      await killed("kill-after", "swap: exec*/swap.sh*");
      expect(days(await ledgerTime("swapped"), Date.now())).toBe(3);
      clock.set(-3);
      await complete();
      expect(await situation()).toEqual(restored());
      expect(days(await ledgerTime("finished"), Date.now())).toBe(-3);
      await scene.stacks.done("up", "--yes", "--expect-no-changes");
    });
  });
}
