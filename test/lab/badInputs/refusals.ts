import { join } from "node:path";
import { expect, it } from "vitest";
import type { RestoreChange } from "../../support/directSteps";
import { writeKubeconfigs } from "./kubeconfigs";
import type { Scene } from "./scene";
import { apiServer, secretText } from "./standIns";

/** What preflight refuses. */
export function refusals(scene: Scene): void {
  it.each<[string, RestoreChange | (() => RestoreChange), 1 | 2 | 3, RegExp, RegExp]>([
    [
      "row 22: of another cluster",
      () => ({ snapshot: { ...scene.steps.snapshot, kubeSystemUid: "0f0f" } }),
      3,
      /^restore.snapshot: it is of the cluster whose kube-system has UID 0f0f, this cluster's has \w+-/m,
      /restore.clusterUid 0f0f$/,
    ],
    [
      "row 25: of a newer etcd",
      () => ({ snapshot: { ...scene.steps.snapshot, etcdVersion: "3.99.0" } }),
      3,
      /^restore.snapshot: it is of etcd 3.99.0, the cluster runs 3.6.14/m,
      /restore.allowVersion 3.99.0$/,
    ],
    [
      "row 25: of a newer etcd than the one that an override names",
      () => ({
        snapshot: { ...scene.steps.snapshot, etcdVersion: "3.99.0" },
        overrides: { allowVersion: "3.98.0" },
      }),
      3,
      /restore.allowVersion names 3.98.0/,
      /restore.allowVersion 3.99.0$/,
    ],
    [
      "row 26: encrypted, the API servers have no configuration",
      () => ({ snapshot: scene.encrypted("aescbc:key1") }),
      3,
      /encrypted with aescbc:key1, the API servers have no --encryption-provider-config/,
      /allowEncryption\[0\]' 'aescbc:key1'/,
    ],
    [
      "row 26: encrypted with a key that the API servers do not have",
      () => ({ snapshot: scene.encrypted("aescbc:key9"), profile: apiServer("sealed") }),
      3,
      /encrypted with aescbc:key9, which the API servers do not have; they have aescbc:key1 identity: kms:vault$/m,
      /Secret sealed-config .*'aescbc:key9'/,
    ],
    [
      "row 26: encrypted, the configuration lies in no Secret",
      () => ({ snapshot: scene.encrypted("aescbc:key1"), profile: apiServer("host-sealed") }),
      3,
      /which keys the API servers have is unknown: \/etc\/host\/enc.yaml lies in no Secret/,
      /Compare the key names yourself/,
    ],
    [
      "rows 28, 29, 31: other members than the StatefulSet has",
      { cluster: { members: 3 } },
      3,
      /^members: StatefulSet kube-etcd has 1 replicas, the configuration says 3/m,
      /pulumi config set members N/,
    ],
    [
      "row 40: wrong context",
      { cluster: { adminContext: "prod" } },
      2,
      /^adminContext: context "prod" is not in \/\S+; it has: /m,
      /pulumi config set adminContext NAME$/,
    ],
    [
      "row 40 and faults row 3: a token that nobody knows",
      () => ({ cluster: { adminKubeconfig: join(scene.steps.directory, "token.kubeconfig") } }),
      3,
      /^adminKubeconfig: the admin cluster does not accept its credentials/m,
      /Renew them/,
    ],
    [
      "row 40: another CA",
      () => ({ cluster: { adminKubeconfig: join(scene.steps.directory, "ca.kubeconfig") } }),
      3,
      /^adminKubeconfig: no trusted connection to the admin cluster: .*x509/m,
      /present CA/,
    ],
    [
      "row 40 and faults row 3: nothing listens",
      () => ({ cluster: { adminKubeconfig: join(scene.steps.directory, "port.kubeconfig") } }),
      1,
      /^adminKubeconfig: the admin cluster does not answer: .*refused/im,
      /^ {2}Look: kubectl --kubeconfig '/,
    ],
    [
      "row 40 and faults row 3: no file",
      { cluster: { adminKubeconfig: "/nonexistent/kubeconfig" } },
      2,
      /^adminKubeconfig: \/nonexistent\/kubeconfig: cannot be read: ENOENT \(no such file\)/m,
      /^ {2}pulumi config set adminKubeconfig PATH$/,
    ],
    [
      "faults row 5: a user without the rights",
      () => ({ cluster: { adminKubeconfig: join(scene.steps.directory, "nobody.kubeconfig") } }),
      3,
      /^adminKubeconfig: not allowed in namespace uc1: get pods; .*create pods\/exec;.*patch networkpolicies/m,
      /docs\/reference\/rights.md/,
    ],
    [
      "row 41: wrong namespace",
      { cluster: { namespace: "uc2" } },
      2,
      /^namespace: the admin cluster has no namespace uc2; it has: uc1 $/m,
      /pulumi config set namespace NAME/,
    ],
    [
      "row 41: wrong StatefulSet",
      { profile: { etcd: { statefulSet: "kube-etdc" } } },
      2,
      /no StatefulSet kube-etdc; it has: kube-apiserver kube-etcd $/m,
      /overrides.etcd.statefulSet NAME/,
    ],
    [
      "row 41: wrong container",
      { profile: { etcd: { container: "etcd" } } },
      2,
      /no container etcd; it has: kube-etcd $/m,
      /overrides.etcd.container NAME/,
    ],
    [
      "row 41: wrong claim",
      { profile: { etcd: { dataClaim: "etcd-data" } } },
      2,
      /member kube-etcd-0: no PersistentVolumeClaim etcd-data-kube-etcd-0; its Pod mounts: data-kube-etcd-0$/m,
      /overrides.etcd.dataClaim NAME/,
    ],
    [
      "row 41: wrong API server",
      { profile: apiServer("kube-api") },
      2,
      /no StatefulSet kube-api; it has: kube-apiserver kube-etcd $/m,
      /overrides.apiServer.statefulSet NAME/,
    ],
    [
      "row 43: API servers at 0, and no ledger",
      { profile: apiServer("stopped") },
      3,
      /^StatefulSet stopped is at 0 replicas and no ledger says how many/m,
      /--replicas=N/,
    ],
    [
      "faults row 10: the quorum lives and no reason is given",
      () => ({ reason: "" }),
      3,
      /^restore.reason: 1 of 1 members are healthy/m,
      /restore.reason 'why'/,
    ],
    [
      "whenScaled: Delete would delete the data",
      { profile: { etcd: { statefulSet: "deleting", container: "pause" } } },
      3,
      /^StatefulSet deleting: persistentVolumeClaimRetentionPolicy.whenScaled is Delete/m,
      /"whenScaled":"Retain"/,
    ],
    [
      "OrderedReady with a probe that needs a quorum",
      { cluster: { members: 3 }, profile: { etcd: { statefulSet: "ordered", container: "pause" } } },
      3,
      /^StatefulSet ordered: OrderedReady with a readiness probe/m,
      /\/livez/,
    ],
    [
      "a claim that is not bound",
      { profile: { etcd: { statefulSet: "unbound", container: "pause" } } },
      3,
      /^PersistentVolumeClaim data-unbound-0 is not bound \(Pending\)/m,
      /describe persistentvolumeclaim data-unbound-0/,
    ],
    [
      "a claim that is ReadWriteOncePod",
      { profile: { etcd: { statefulSet: "single", container: "pause" } } },
      3,
      /^PersistentVolumeClaim data-single-0 is ReadWriteOncePod/m,
      /ReadWriteOnce\./,
    ],
  ])("%s", async (_, change, code, sentence, remedy) => {
    await writeKubeconfigs(scene);
    const run = await scene.steps.run("preflight", typeof change === "function" ? change() : change);
    await scene.refused(run, code, sentence, remedy);
    expect(run.stderr).not.toContain(secretText);
    expect(run.stdout).toBe("");
  });
}
