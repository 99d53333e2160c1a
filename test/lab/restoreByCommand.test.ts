import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "../../lab/demo/controlPlane";
import { dumpKeys } from "../../lab/demo/keyDump";
import { compareKeys } from "../../lab/demo/keys";
import { rewrittenKeys } from "../../lab/demo/rewrittenKeys";
import { withScratchEtcd } from "../../lab/demo/scratchEtcd";
import { imageNames } from "../../lab/images/labImages";
import { type Lab, startLab } from "../../lab/index";
import { writeProgramProject } from "../../lab/programProject";
import { waitUntil } from "../../lab/waiting";
import { plainRows } from "../support/tableRows";

/**
 * A backup and two restores with nothing but the `pulumi` command, as a person types them. The cluster has two API
 * servers and no PodDisruptionBudget, which the demo's has.
 */
describe("restore by the pulumi command alone", () => {
  let lab: Lab;
  let directory: string;
  let environment: Record<string, string>;
  let snapshot: string;

  const pulumi = async (...argv: string[]) =>
    execa("pulumi", [...argv, "--non-interactive", "--color=never"], {
      cwd: directory,
      env: environment,
      all: true,
      reject: false,
    });
  const done = async (...argv: string[]) => {
    const { exitCode, all = "" } = await pulumi(...argv);
    expect(exitCode, all).toBe(0);
    return all;
  };
  const configure = async (settings: Record<string, string>) => {
    for (const [key, value] of Object.entries(settings)) {
      await done("config", "set", "--path", key, value);
    }
  };
  const userKubectl = async (...argv: string[]) =>
    (await lab.userKubectl("uc1", argv, { reject: false })).stdout;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "etcd-recovery-by-command-"));
    // Stack settings are written beside the Pulumi.yaml, so the program is used from outside its work tree.
    await writeProgramProject(directory);
    lab = await startLab({ name: "by-command", apiservers: 2, pdb: false });
    environment = await lab.env();
    await lab.load({ objects: 200 });
    await userKubectl("create", "namespace", "shop");
    await userKubectl("-n", "shop", "create", "configmap", "settings", "--from-literal=colour=green");
  }, 900_000);

  afterAll(async () => {
    await lab?.down();
    await rm(directory, { recursive: true, force: true });
  });

  const cluster = () => ({
    cluster: "uc1",
    adminKubeconfig: lab.adminKubeconfig,
    userKubeconfig: lab.userKubeconfig(),
  });

  it("takes a backup", async () => {
    await done("stack", "init", "backup-uc1");
    await configure({
      operation: "backup",
      ...cluster(),
      "backup.generation": "first",
      "backup.directory": join(directory, "store"),
    });
    await done("up", "--yes");
    snapshot = (await done("stack", "output", "snapshot")).trim();
    await done("up", "--yes", "--expect-no-changes");
  });

  const restored = async (kubectl: () => Promise<void>) => {
    const controlPlane = new ControlPlane(lab, lab.userCluster());
    await kubectl();
    await done("up", "--yes", "--expect-no-changes");
    expect(await controlPlane.replicas()).toMatchObject({
      "StatefulSet/kube-apiserver": 2,
      "StatefulSet/kube-etcd": 3,
    });
    expect(await controlPlane.pdb()).toBeUndefined();
    expect(new Set((await controlPlane.members()).map(({ hashKV }) => hashKV)).size).toBe(1);
    const before = await withScratchEtcd(lab.toolsDirectory, snapshot, (etcdctl) => dumpKeys(etcdctl));
    const after = await dumpKeys(controlPlane.etcdctl);
    const { missing, extra, changed } = compareKeys(before.keys, after.keys, rewrittenKeys);
    expect({ missing, extra, changed }).toEqual({ missing: [], extra: [], changed: [] });
  };

  it("refuses to restore over a living quorum without a reason, and changes nothing", async () => {
    await userKubectl("create", "namespace", "later");
    await userKubectl("delete", "namespace", "shop", "--wait=false");
    await done("stack", "init", "restore-uc1");
    await configure({
      operation: "restore",
      ...cluster(),
      utilityImage: imageNames.etcdUtil,
      "restore.id": "first",
      "restore.snapshot": snapshot,
    });
    const refused = await pulumi("up", "--yes");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.all).toContain("restore.reason");
    expect(await userKubectl("get", "namespace", "later", "-o", "name")).toBe("namespace/later");
  });

  it("rows 13, 43, 44: says what will be lost, and restores with one, in the same stack, also a namespace that was being deleted", async () => {
    await configure({ "restore.reason": "namespace shop was deleted" });
    const preview = await done("preview");
    for (const { act } of plainRows("restore"))
      expect(preview).toMatch(new RegExp(`restore-(kube-etcd-\\d-)?${act}\\b`));
    const diff = await done("preview", "--diff");
    expect(diff).toContain("/etcd-recovery/main.sh");
    // of the operator's side there is no text: the steps are run by the package's own program
    expect(
      diff.split("\n").filter((line) => /^\s*\+?\s*(create|delete|update)\s*:/.test(line)),
    ).not.toContainEqual(expect.stringMatching(/kubectl|.{120}/));
    expect(preview).toMatch(/compared with etcd as it is now \(kube-etcd-\d, revision \d+\), this restore/);
    expect(preview).toMatch(/takes away \d+ objects?: .*\n\s+Namespace later, /);
    await done("up", "--yes");
    await restored(async () => {
      const colour = await userKubectl(
        "-n",
        "shop",
        "get",
        "configmap",
        "settings",
        "-o",
        "jsonpath={.data.colour}",
      );
      expect(colour).toBe("green");
      expect(await userKubectl("get", "namespace", "later", "--ignore-not-found", "-o", "name")).toBe("");
    });
    // as a backend keeps it; `stack export` indents it by more than a third again
    const state = JSON.stringify(JSON.parse(await done("stack", "export")));
    expect(Buffer.byteLength(state)).toBeLessThan(200_000);
    const report = JSON.parse(await done("stack", "output", "report"));
    expect(report).toMatchObject({ restoreId: "first", replicas: { etcd: 3, apiServer: 2 } });
    // what is over is not announced again
    const { comparedWith } = JSON.parse(await done("stack", "output", "restorePlan"));
    expect(comparedWith).toEqual({
      kind: "nothing",
      why: expect.stringContaining("restore first is finished"),
    });
  });

  it("restores again in the same stack with a new id, after a loss of the quorum", async () => {
    await lab.damage({ members: [1, 2] });
    await configure({ "restore.id": "second" });
    await done("config", "rm", "--path", "restore.reason");
    // a survivor without quorum still says what it has
    expect(await done("preview")).toContain("compared with etcd as it is now (kube-etcd-0, revision");
    await done("up", "--yes");
    await restored(async () => {
      await waitUntil({ what: "the user cluster to answer", timeoutSeconds: 30 }, async () =>
        (await userKubectl("get", "--raw", "/readyz")).includes("ok"),
      );
    });
    await done("destroy", "--yes");
  });
});
