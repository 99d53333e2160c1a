import { join } from "node:path";
import { expect, it } from "vitest";
import { documentedRights } from "../../support/documentedRights";
import { writeKubeconfigs } from "./kubeconfigs";
import type { Scene } from "./scene";
import { apiServer } from "./standIns";

/** The documented Role, and one right that is not a part of it. */
export function rights(scene: Scene): void {
  it("faults row 5: the documented Role is enough", async () => {
    const { rules } = documentedRights("uc1").role;
    const metadata = { name: "bad-inputs-operator" };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name };
    const subjects = [{ kind: "User", apiGroup: roleRef.apiGroup, name: "operator" }];
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata };
    const items = [
      { ...rbac, kind: "Role", rules },
      { ...rbac, kind: "RoleBinding", roleRef, subjects },
    ];
    await scene.steps.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    await writeKubeconfigs(scene);
    const operator = { adminKubeconfig: join(scene.steps.directory, "operator.kubeconfig") };
    const run = await scene.steps.run("preflight", { cluster: operator });
    expect(run.code, run.stderr).toBe(0);
    // Not a part of it: the one Secret with the names of encryption keys.
    const sealed = {
      snapshot: scene.encrypted("aescbc:key1"),
      profile: apiServer("sealed"),
      cluster: operator,
    };
    await scene.refused(
      await scene.steps.run("preflight", sealed),
      3,
      /is unknown: Secret sealed-config cannot be read/,
      /allow 'get' on that Secret/,
    );
  });
}
