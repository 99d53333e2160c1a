import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEtcdutl } from "../../../components/admission/etcdutlFile";
import { imageNames } from "../../../lab/images/labImages";
import type { DirectSteps, RestoreChange } from "../../support/directSteps";
import type { Scene } from "./scene";

/** What is seen only in a utility Pod on the member's volume. */
export function memberVolume(scene: Scene): void {
  describe("rows 36, 49 and the tool: what is seen on the member's volume", () => {
    const member = { member: "kube-etcd-0" };
    const withPod = async (
      id: string,
      pod: Parameters<DirectSteps["withPod"]>[1],
      work: (change: RestoreChange) => Promise<void>,
    ) => {
      await scene.steps.withPod(id, pod, work);
      await scene.unchanged();
    };

    it("row 49: an image without a shell is refused before the lock is taken", async () => {
      await withPod("no-shell", { image: imageNames.scheduler }, async (change) => {
        const run = await scene.steps.run("guard", change, { env: { UTILITY_TROUBLE_SECONDS: "2" } });
        expect(run.stderr).toMatch(/^utilityImage: .*kube-scheduler\S+ has no shell/m);
        expect(run.stderr).toMatch(
          /restore.etcdutl PATH\): pulumi config set utilityImage IMAGE && kubectl .* && pulumi up --refresh/,
        );
        expect(run.code).toBe(3);
        expect(await scene.steps.ledger("id")).toBe("");
      });
    });

    it("row 49: an image that cannot be pulled", async () => {
      await withPod("no-pull", { image: "127.0.0.1:1/none:1" }, async (change) => {
        const run = await scene.steps.run("guard", change, { env: { UTILITY_TROUBLE_SECONDS: "2" } });
        expect(run.stderr).toMatch(
          /^utilityImage: 127.0.0.1:1\/none:1 does not come to the node of kube-etcd-0: \w+/m,
        );
        expect(run.code).toBe(3);
        expect(await scene.steps.ledger("id")).toBe("");
      });
    });

    it("row 36 and faults row 11: a volume without space for the staged copy", async () => {
      await withPod("no-space", {}, async (change) => {
        const snapshot = { ...scene.steps.snapshot, sizeBytes: 2 ** 45 };
        const run = await scene.steps.run("guard", { ...change, snapshot });
        expect(run.stderr).toMatch(/its volume has \d+ bytes free, staging needs 70368811286528/);
        expect(run.code).toBe(3);
        expect(await scene.steps.ledger("id")).toBe("");
      });
    });

    it("an image without a tool is refused; a given one is brought, used and removed", async () => {
      // busybox lies in /bin, etcd's tools in /usr/local/bin
      await withPod("no-tool", { path: "/bin" }, async (change) => {
        const refused = await scene.steps.run("guard", change);
        expect(refused.stderr).toMatch(/^utilityImage: .*it has neither etcdutl >= 3.5.10/m);
        expect(refused.code).toBe(3);
        expect(await scene.steps.ledger("id")).toBe("");
        const etcdutl = await readEtcdutl(join(scene.lab.toolsDirectory, "etcdutl"));
        await scene.steps.done(["guard", "bind-snapshot"], { ...change, etcdutl });
        expect(await scene.steps.ledger("server-version")).toBe("3.6.14");
        expect(await scene.steps.ledger("bump")).toBe("1000000000");
        expect(await scene.steps.ledger("live-revision")).toMatch(/^\d+$/);
        await scene.steps.done(["transfer"], change, member);
        const none = await scene.steps.run("stage", change, member);
        expect(none.stderr).toMatch(/^utilityImage: .*it has neither etcdutl >= 3.5.10/m);
        expect(none.stderr).toMatch(/\(3.6.14\): pulumi config set --path restore.etcdutl \/\S+\/etcdutl /);
        expect(none.code).toBe(3);
        expect(await scene.steps.files()).not.toContainEqual(expect.stringContaining("restored"));
        const given = await scene.steps.run("stage", { ...change, etcdutl }, member);
        expect(given.stderr).toMatch(
          /staged by restore.etcdutl 3.6.14, since of utilityImage: it has neither/,
        );
        expect(JSON.parse(given.stdout)).toMatchObject({
          sha256: scene.steps.snapshot.sha256,
          cluster: expect.stringMatching(/^[0-9a-f]+$/),
          bump: "1000000000",
        });
        const files = await scene.steps.files();
        expect(files).toContainEqual(expect.stringContaining("no-tool/restored/member/snap/db"));
        expect(files.filter((file) => file.includes("etcdutl"))).toEqual([]);
        const again = await scene.steps.run("stage", { ...change, etcdutl }, member);
        expect(again).toMatchObject({ code: 0, stdout: given.stdout });
      });
    });
  });
}
