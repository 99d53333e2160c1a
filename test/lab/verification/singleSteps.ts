import { afterAll, describe, expect, it } from "vitest";
import type { VerificationScene } from "./scene";

/** Steps that meet what others have done, each run alone on a ledger of the test's own. */
export function singleSteps(scene: VerificationScene): void {
  describe("one step at a time", () => {
    const { kubectl } = scene;
    const isAt = (name: string) => kubectl("get", "statefulset", name, "-o", "jsonpath={.spec.replicas}");
    const undo = async () => {
      const undone = await scene.steps.run("undo", "d1");
      expect(undone.code, undone.stderr).toBe(0);
      expect(await scene.steps.field("phase")).toBe("undone");
    };
    afterAll(() => scene.steps?.remove());

    it("row 18: does not swap while a member runs", async () => {
      await scene.steps.ledger("d1", "swapped");
      const run = await scene.steps.run("swap", "d1", { member: "kube-etcd-0" });
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/StatefulSet kube-etcd: 1 replicas.*; its last events: .*SuccessfulCreate/);
      expect(run.stderr).toContain("something started them again: this step changes nothing");
      expect(run.stderr).toMatch(/--replicas=0; 'pulumi up' goes on, 'pulumi destroy' goes back/);
    });

    it("row 17: does not start etcd beside servers that somebody else started", async () => {
      const run = await scene.steps.run("scale-up-etcd", "d1");
      expect(run.code).toBe(1);
      expect(run.stderr).toContain("something started them again");
      expect(await scene.steps.field("phase")).toBe("swapped");
    });

    it("row 17: does not verify while API servers write already", async () => {
      await scene.steps.ledger("d1", "started");
      const run = await scene.steps.run("verify-etcd", "d1");
      expect(run.code).toBe(1);
      expect(run.stderr).toContain("something scaled it to 1 replicas before the restored data was verified");
      expect(run.stderr).toContain("'pulumi destroy' goes back to the previous data");
    });

    it("row 15: a scale that was carried out and reported as failed is not an end", async () => {
      await scene.steps.ledger("d1", "quiesced", { quiesced: "now" });
      const { faults } = scene.stacks;
      faults.arm("reset-after", "scale-down-apiservers: PATCH statefulsets/kube-apiserver/scale*");
      const run = await scene.steps.run("scale-down-apiservers", "d1", {
        adminKubeconfig: faults.kubeconfig,
      });
      expect(faults.struck).toBe(true);
      faults.disarm();
      expect(run.code, run.stderr).toBe(0);
      expect(await isAt("kube-apiserver")).toBe("0");
      await undo();
      expect(await isAt("kube-apiserver")).toBe("1");
    });

    it("defect 9: an owner that scales back is noticed at once, with who it is and what to pause", async () => {
      await scene.steps.ledger("d1", "quiesced", { quiesced: "now" });
      // Its Pod stays until it is seen that it is wanted again, however slow this machine is.
      const finalizers = (names: string) =>
        kubectl(
          ...["patch", "pod", "kube-apiserver-0", "--type=merge", "-p"],
          `{"metadata":{"finalizers":${names}}}`,
        );
      await finalizers('["test/slow"]');
      const back = ["patch", "statefulset", "kube-apiserver", "--field-manager=keeper", "--type=merge", "-p"];
      const keeper = scene.lab.kubectl(
        ["-n", "uc1", "get", "statefulset", "kube-apiserver", "-w", "-o", "name"],
        {
          reject: false,
        },
      );
      // Whatever changes it, it is set back.
      keeper.stdout?.on("data", () => void kubectl(...back, '{"spec":{"replicas":1}}').catch(() => ""));
      try {
        const started = performance.now();
        const run = await scene.steps.run("scale-down-apiservers", "d1");
        expect(performance.now() - started).toBeLessThan(60_000);
        expect(run.code).toBe(1);
        expect(run.stderr).toMatch(
          /^StatefulSet kube-apiserver: something wants 1 again \(its replicas were set by keeper at \S+; pause keeper\): it was being stopped$/m,
        );
        expect(run.stderr).toMatch(
          /^ {2}Pause whatever did it, then: kubectl .*kube-apiserver --replicas=0/m,
        );
      } finally {
        keeper.kill();
        await keeper;
        await finalizers("null");
      }
      await undo();
    });

    it("row 16: a Pod that stays Terminating is waited for, reported, and never forced away", async () => {
      await scene.steps.ledger("d1", "quiesced", { quiesced: "now" });
      const pod = "kube-apiserver-0";
      await kubectl("patch", "pod", pod, "--type=merge", "-p", '{"metadata":{"finalizers":["test/stuck"]}}');
      const run = await scene.steps.run("scale-down-apiservers", "d1", { env: { GONE_SECONDS: "8" } });
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(
        /not gone after 8 s: kube-apiserver-0 [\s\S]*Mend the node[\s\S]*never delete it by force/,
      );
      expect(await kubectl("get", "pod", pod, "-o", "jsonpath={.metadata.deletionTimestamp}")).not.toBe("");
      await kubectl("patch", "pod", pod, "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
      await undo();
    });
  });
}
