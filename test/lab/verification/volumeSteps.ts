import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memberVolumePath } from "../../../lab/clusters/userEtcd";
import { ControlPlane } from "../../../lab/demo/controlPlane";
import { DirectSteps, type RestoreChange } from "../../support/directSteps";
import type { VerificationScene } from "./scene";

/** Steps that bring a snapshot to a member's volume, each run as a stack would, with a utility Pod of the test's own. */
export function volumeSteps(scene: VerificationScene): void {
  describe("on a member's volume", () => {
    const member = { member: "kube-etcd-0" };
    let steps: DirectSteps;

    beforeAll(async () => {
      steps = await DirectSteps.open(scene.lab);
    });
    afterAll(() => steps?.close());

    /** A restore by way of the faults, whose ledger is open and knows the snapshot. */
    const opened = (id: string, work: (change: RestoreChange) => Promise<void>, change: RestoreChange = {}) =>
      steps.withPod(id, {}, async (own) => {
        const all = { ...own, ...change, cluster: { adminKubeconfig: scene.stacks.faults.kubeconfig } };
        await steps.done(["guard", "bind-snapshot"], all);
        await work(all);
      });
    const stagedFrom = async (change: RestoreChange) => {
      const { stdout } = await steps.done(["stage"], change, member);
      return JSON.parse(stdout).sha256;
    };

    it.each([
      ["row 20: a stream that is cut short", "cut"],
      ["row 21: a stream that is changed on its way", "flip"],
    ] as const)("%s is refused by the Pod and sent again", async (_, fault) => {
      await opened(fault, async (change) => {
        const { faults } = scene.stacks;
        faults.arm(fault, "kubectl: exec*/receive.sh*");
        const { stderr } = await steps.done(["transfer"], change, member);
        expect(faults.struck).toBe(true);
        faults.disarm();
        expect(stderr).toContain("try 1 failed, once more");
        expect(await stagedFrom(change)).toBe(steps.snapshot.sha256);
        await steps.done(["confirm"], change);
      });
    });

    it("defect 5: a quorum that is back between staging and the last look is not restored over without a reason", async () => {
      const etcd = (signal: string) =>
        scene.lab.onMachine("node-a", ["sh", "-c", `${findEtcd} && kill -${signal} $pid`]);
      const { kubeSystemUid = "" } = steps.snapshot;
      await etcd("STOP");
      try {
        await opened(
          "back",
          async (change) => {
            await steps.done(["transfer", "stage"], change, member);
            await etcd("CONT");
            await steps.kubectl(["wait", "--for=condition=Ready", "pod/kube-etcd-0", "--timeout=60s"]);
            const run = await steps.run("confirm", change);
            expect(run.stderr).toMatch(/^restore.reason: 1 of 1 members are healthy: the quorum is alive/m);
            expect(run.stderr).toMatch(/^ {2}.*pulumi config set --path restore.reason 'why'$/m);
            expect(run.code).toBe(3);
            expect(await steps.ledger("phase")).toBe("open");
          },
          { reason: "", clusterUid: kubeSystemUid },
        );
      } finally {
        await etcd("CONT");
        await new ControlPlane(scene.lab, scene.lab.userCluster()).awaitAllReady();
      }
    });

    it("defect 7: a utility Pod that gets TERM after staging loses nothing: the restore goes on", async () => {
      await opened("term", async (change) => {
        await steps.done(["transfer", "stage"], change, member);
        const own = ["pods", "-l", "etcd-recovery/restore=term"];
        await steps.kubectl(["delete", ...own, "--wait=true"]);
        const confirmed = await steps.done(["confirm"], change);
        expect(confirmed.stderr).toContain("its utility Pod had ended; made");
        expect(await steps.ledger("phase")).toBe("staged");
      });
    });

    it("defect 7: staged data that is gone is staged anew", async () => {
      await opened("gone", async (change) => {
        await steps.done(["transfer", "stage"], change, member);
        await scene.lab.onMachine("node-a", [
          "rm",
          "-r",
          `${memberVolumePath("uc1", 0)}/.etcd-recovery/gone/restored`,
        ]);
        await steps.done(["confirm"], change);
        expect(await steps.ledger("phase")).toBe("staged");
        expect(await steps.files()).toContainEqual(expect.stringContaining("gone/restored/member/snap/db"));
      });
    });

    it("defect 12: a lock that was never given a holder, since power was lost, blocks nothing", async () => {
      await opened("locked", async (change) => {
        const lock = `${memberVolumePath("uc1", 0)}/.etcd-recovery/locked/lock`;
        await scene.lab.onMachine("node-a", ["mkdir", "-p", lock]);
        await scene.lab.onMachine("node-a", ["touch", "-d", "1 hour ago", lock]);
        await steps.done(["transfer"], change, member);
        expect(await stagedFrom(change)).toBe(steps.snapshot.sha256);
      });
    });
  });
}

/** Sets $pid to the etcd whose data directory a member's is; the admin cluster's own runs on another machine. */
const findEtcd =
  'for each in /proc/[0-9]*; do [ "$(cat "$each/comm" 2> /dev/null)" != etcd ] || pid=$(basename "$each"); done; [ -n "$pid" ]';
