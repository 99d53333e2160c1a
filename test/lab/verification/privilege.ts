import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { etcdCertificateSecret } from "../../../lab/clusters/userEtcd";
import type { Lab } from "../../../lab/lab";
import type { Situation } from "../../faults/outcome";
import { DirectSteps } from "../../support/directSteps";
import { documentedRights } from "../../support/documentedRights";
import { LabStacks } from "../../support/labStack";
import { ProcessArguments } from "../../support/processArguments";
import type { VerificationScene } from "./scene";

const passphrase = "planted-passphrase-5c1f0e";
const planted = "planted-secret-value-93ab77";

/**
 * One whole restore with no more rights than the documented Role, and secrets planted wherever it comes by: nothing of
 * them is to be found afterwards.
 */
export function privilege(scene: VerificationScene): void {
  describe("a restore with the documented rights alone", () => {
    let stacks: LabStacks;
    let directory: string;
    let steps: DirectSteps;
    let found: Situation;
    let secrets: Record<string, string>;
    /** Where secrets are looked for, and what is there. */
    const places: Record<string, string> = {};

    const { kubectl } = scene;

    beforeAll(async () => {
      const { lab, cluster } = scene;
      directory = await mkdtemp(join(tmpdir(), "etcd-recovery-privilege-"));
      stacks = await LabStacks.open(lab, "uc1", { PULUMI_CONFIG_PASSPHRASE: passphrase });
      await lab.userKubectl("uc1", ["create", "secret", "generic", "planted", `--from-literal=v=${planted}`]);
      steps = await DirectSteps.open(lab);
      await cluster.put("after");
      found = await cluster.situation();
      const { kubeconfig, token } = await boundKubeconfig(lab, directory);
      secrets = await plantedSecrets(lab, token);
      await stacks.restoreStack("p1", {
        adminKubeconfig: kubeconfig,
        "restore.snapshot": steps.snapshot.path,
        "restore.reason": "a test",
      });
    }, 900_000);

    afterAll(async () => {
      await stacks?.close();
      await steps?.close();
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    });

    it("completes", async () => {
      const seen = new ProcessArguments();
      const preview = await stacks.pulumi("preview", "--diff");
      const run = await stacks.pulumi("up", "--yes", "--skip-preview");
      places["arguments of processes"] = seen.stop();
      places["what pulumi printed"] = preview.screen + run.screen;
      expect(run.exitCode, run.screen).toBe(0);
      expect(preview.screen).toContain("compared with etcd as it is now");
      expect(await scene.cluster.situation()).toEqual({ ...found, objects: ["configmap/before"] });
      places["the stack's state"] = await stacks.done("stack", "export");
      places["the ledger and the scripts"] = await kubectl("get", "configmaps", "-o", "yaml");
      places.events = await kubectl("get", "events", "-o", "yaml");
      const ours = ["-l", "etcd-recovery/restore=p1"];
      places["the utility Pods"] = await kubectl("get", "pods", ...ours, "-o", "yaml");
      places["the utility Pods' logs"] = await kubectl("logs", ...ours, "--prefix");
    });

    it("leaves no secret in any place", () => {
      expect(Object.keys(secrets)).toHaveLength(8);
      expect(places["arguments of processes"]).toContain("/etcd-recovery/main.sh");
      for (const [place, text] of Object.entries(places)) {
        for (const [name, secret] of Object.entries(secrets)) {
          const forms = [secret, Buffer.from(secret).toString("base64")];
          for (const form of forms) expect(text.includes(form), `${name} in ${place}`).toBe(false);
        }
      }
    });

    it("gives the utility Pod no token, no privilege and only what it needs to move files", async () => {
      const { items } = JSON.parse(
        await kubectl("get", "pods", "-l", "etcd-recovery/restore=p1", "-o", "json"),
      );
      expect(items).toHaveLength(1);
      const { spec } = items[0];
      expect(spec.volumes.map(({ name }: { name: string }) => name)).toEqual(["data", "scripts"]);
      expect(spec).toMatchObject({ automountServiceAccountToken: false });
      expect(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC).toBeUndefined();
      expect(spec.containers[0].securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"], add: ["CHOWN", "DAC_OVERRIDE", "FOWNER"] },
      });
    });

    it("goes by destroy with the same rights", async () => {
      await stacks.done("destroy", "--yes", "--skip-preview");
      expect(
        await kubectl(
          "get",
          "pods,configmaps,networkpolicies",
          "-l",
          "etcd-recovery/restore=p1",
          "-o",
          "name",
        ),
      ).toBe("");
    });
  });
}

/** A kubeconfig for a ServiceAccount bound to the Role of docs/reference/rights.md, and its token. */
async function boundKubeconfig(lab: Lab, directory: string): Promise<{ kubeconfig: string; token: string }> {
  const { role } = documentedRights("uc1");
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "operator", namespace: "uc1" },
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "operator", namespace: "uc1" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
    subjects: [{ kind: "ServiceAccount", name: "operator", namespace: "uc1" }],
  };
  const items = [account, role, binding];
  await lab.kubectl(["apply", "-f", "-"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  });
  const token = (
    await lab.kubectl(["-n", "uc1", "create", "token", "operator", "--duration=1h"])
  ).stdout.trim();
  const admin = parse(await readFile(lab.adminKubeconfig, "utf8"));
  admin.users = [{ name: admin.users[0].name, user: { token } }];
  const kubeconfig = join(directory, "bound.kubeconfig");
  await writeFile(kubeconfig, stringify(admin), { mode: 0o600 });
  return { kubeconfig, token };
}

/** Secrets that a restore comes by, or that lie in what it handles; of keys, a line from their midst. */
async function plantedSecrets(lab: Lab, token: string): Promise<Record<string, string>> {
  const secret = etcdCertificateSecret("uc1");
  const etcd = JSON.parse(
    (await lab.kubectl(["-n", "uc1", "get", "secret", secret, "-o", "json"])).stdout,
  ).data;
  const user = parse(await readFile(lab.userKubeconfig(), "utf8")).users[0].user;
  const admin = parse(await readFile(lab.adminKubeconfig, "utf8")).users[0].user;
  const decoded = (text: string) => Buffer.from(text, "base64").toString("utf8");
  const line = (pem: string) => pem.split("\n")[3] ?? "";
  return {
    "a Secret of the user cluster": planted,
    "the passphrase of the stack": passphrase,
    "the token of the admin kubeconfig": token,
    "etcd's client key": line(decoded(etcd["etcd.key"])),
    "the user kubeconfig's key": line(decoded(user["client-key-data"])),
    "the user kubeconfig's key, encoded": user["client-key-data"].slice(200, 260),
    "the administrator's key": line(decoded(admin["client-key-data"])),
    "the administrator's key, encoded": admin["client-key-data"].slice(200, 260),
  };
}
