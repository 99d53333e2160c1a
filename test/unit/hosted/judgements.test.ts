import { describe, expect, it } from "vitest";
import { judgeClaim } from "../../../components/hosted/judgements/claims";
import { judgeDataPlace } from "../../../components/hosted/judgements/dataPlace";
import {
  judgeContainer,
  judgeMembers,
  judgeRepairable,
  judgeRetention,
  judgeSubPath,
} from "../../../components/hosted/judgements/etcdSet";
import { nearest } from "../../../components/hosted/judgements/nearest";
import { judgeNamespace } from "../../../components/hosted/judgements/reachable";
import { judgeRollout, noteRollout, rolloutFacts } from "../../../components/hosted/judgements/rollout";
import { etcdVersionOf } from "../../../components/procedure/judgements/imageVersion";

describe("defect 14: an unfinished rollout", () => {
  const facts = {
    ...{ namespace: "uc1", statefulSet: "kube-etcd", current: "a", update: "b" },
    ...{ onDelete: false, partition: 0 },
  };
  it("is refused, and can be taken back", () => {
    expect(judgeRollout(facts)).toMatchObject({
      kind: "refused",
      message:
        "StatefulSet kube-etcd: a rollout is unfinished (from a to b): from 0 all its Pods would start with the new template",
      remedy: expect.stringContaining("rollout undo statefulset kube-etcd"),
    });
    expect(noteRollout(facts)).toBeUndefined();
  });
  it("is refused also where a partition holds it, which no status says: at 0 Kubernetes takes it for finished", () => {
    const spec = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } };
    const status = { currentRevision: "a", updateRevision: "b" };
    const held = rolloutFacts("uc1", { metadata: { name: "kube-etcd" }, spec, status });
    expect(judgeRollout(held)).toMatchObject({
      message: expect.stringContaining("a rollout is held at partition 2 (from a to b): from 0 all its Pods"),
      remedy: expect.stringMatching(/rollout undo .* -p '\{.*"partition":0\}\}\}\}', then rollout status\)$/),
    });
  });
  it("is said where Pods change only when they are deleted", () => {
    expect(judgeRollout({ ...facts, onDelete: true })).toBeUndefined();
    expect(noteRollout({ ...facts, onDelete: true })).toMatch(/have template a and start with b/);
  });
  it.each([
    ["finished", { ...facts, update: "a" }],
    ["not known yet", { ...facts, current: undefined }],
  ])("%s", (_, known) => {
    expect(judgeRollout(known)).toBeUndefined();
    expect(noteRollout({ ...known, onDelete: true })).toBeUndefined();
  });
});

describe("etcd's StatefulSet", () => {
  const set = {
    namespace: "uc1",
    statefulSet: "kube-etcd",
    members: 3,
    near: ["kube-apiserver", "kube-etdc"],
  };
  it.each([
    [judgeMembers({ ...set, replicas: 3 }), undefined],
    [
      judgeMembers({ ...set, replicas: 1 }),
      "refused members: StatefulSet kube-etcd has 1 replicas, the configuration says 3",
    ],
    [
      judgeMembers({ ...set, replicas: undefined }),
      "misset namespace uc1: no StatefulSet kube-etcd; it has: kube-apiserver kube-etdc ",
    ],
    [judgeRetention("uc1", "e", "Retain"), undefined],
    [
      judgeRetention("uc1", "e", "Delete"),
      "refused StatefulSet e: persistentVolumeClaimRetentionPolicy.whenScaled is Delete: scaling to 0 would delete the data",
    ],
    [judgeContainer("e", "etcd", ["sidecar", "etcd"]), undefined],
    [
      judgeContainer("e", "etcd", ["kube-etcd"]),
      "misset StatefulSet e: no container etcd; it has: kube-etcd ",
    ],
    [judgeRepairable(3, "m-0"), undefined],
    [judgeRepairable(1, "m-0"), "refused members: with 1 there is no quorum without m-0"],
    [judgeSubPath("e", undefined), undefined],
    [
      judgeSubPath("e", "/data"),
      "refused StatefulSet e: /data is mounted by subPath: a repair cannot mount it again",
    ],
  ])("%#", (refusal, expected) => {
    expect(refusal && `${refusal.kind} ${refusal.message}`).toBe(expected);
    if (refusal !== undefined) expect(refusal.remedy).toBeTruthy();
  });
});

describe("where etcd's data lies", () => {
  const facts = {
    statefulSet: "e",
    dataDirectory: "/var/lib/etcd",
    mount: { mountPath: "/var/lib/etcd" },
    dataDir: "/var/lib/etcd",
    walDir: undefined,
  };
  it.each([
    [{}, undefined],
    [{ mount: undefined, dataDir: undefined }, undefined],
    [{ dataDir: "/var/lib/etcd/", mount: { mountPath: "/var/lib//etcd" } }, undefined],
    [{ dataDir: "$(DATA_DIR)", walDir: "/x/$NAME" }, undefined],
    [{ walDir: "/var/lib/etcd/member/wal" }, undefined],
    [
      { mount: { mountPath: "/var/lib/etcd", subPath: "etcd" } },
      "refused StatefulSet e: /var/lib/etcd is mounted by subPath etcd: a utility Pod would not find etcd's data at the root of the volume",
    ],
    [{ mount: { mountPath: "/var/lib/etcd", subPathExpr: "$(POD)" } }, /^refused .*by subPath \$\(POD\): /],
    [
      { mount: { mountPath: "/data" } },
      /^misset overrides.etcd.dataDirectory: .*mounts its volume at \/data$/,
    ],
    [
      { dataDir: "/var/lib/etcd/default.etcd" },
      /^misset overrides.etcd.dataDirectory: .*has --data-dir \/var\/lib\/etcd\/default.etcd$/,
    ],
    [{ walDir: "/wal" }, /^refused StatefulSet e: etcd has its log apart, at --wal-dir \/wal: /],
  ])("%#", (change, expected) => {
    const refusal = judgeDataPlace({ ...facts, ...change });
    const text = refusal && `${refusal.kind} ${refusal.message}`;
    if (expected instanceof RegExp) expect(text).toMatch(expected);
    else expect(text).toBe(expected);
  });
});

describe("row 25: etcd's version in its image's tag", () => {
  it.each([
    ["etcd:3.4.1-0", "3.4.1"],
    ["registry.k8s.io/etcd:3.6.14-0", "3.6.14"],
    ["host:5000/etcd:v3.4.13-gke.5@sha256:abc", "3.4.13"],
    ["gcr.io/gke-on-prem-release/etcd-util:1.16.0-gke.0", undefined],
    ["etcd@sha256:3.4.13", undefined],
    [undefined, undefined],
  ])("%s", (image, version) => expect(etcdVersionOf(image)).toBe(version));
});

describe("a member's claim", () => {
  const facts = {
    namespace: "uc1",
    member: "m-0",
    claim: "data-m-0",
    mounted: ["d-m-0", "x"],
    repair: false,
  };
  it.each([
    [{ phase: "Bound", accessModes: ["ReadWriteOnce"] }, undefined],
    [
      { phase: "Pending", accessModes: ["ReadWriteOnce"] },
      "refused PersistentVolumeClaim data-m-0 is not bound (Pending)",
    ],
    [
      { phase: "Bound", accessModes: ["ReadWriteOncePod"] },
      "refused PersistentVolumeClaim data-m-0 is ReadWriteOncePod: a utility Pod cannot mount it beside etcd",
    ],
    [undefined, "misset member m-0: no PersistentVolumeClaim data-m-0; its Pod mounts: d-m-0 x"],
    [
      { phase: "Bound", accessModes: ["ReadWriteOnce"], deleted: "2026-01-01T00:00:00Z" },
      "refused PersistentVolumeClaim data-m-0 was deleted at 2026-01-01T00:00:00Z, and stays only while a Pod uses it: with the end of its etcd the data of m-0 would go",
    ],
  ])("%#", (found, expected) => {
    const refusal = judgeClaim({ ...facts, found });
    expect(refusal && `${refusal.kind} ${refusal.message}`).toBe(expected);
  });
  it("that is gone is made anew for a repair", () => {
    expect(judgeClaim({ ...facts, found: undefined, repair: true })).toMatchObject({
      kind: "refused",
      remedy: expect.stringMatching(/^Delete Pod m-0/),
    });
  });
});

describe("the admin cluster", () => {
  const judge = (kind: string | undefined, near: string[] = []) =>
    judgeNamespace({
      namespace: "uc1",
      kubectl: "kubectl --kubeconfig '/k'",
      error: kind === undefined ? undefined : { kind: kind as "server", message: "so\nit says" },
      near,
    });
  it.each([
    [undefined, [], undefined],
    ["forbidden", [], undefined],
    [
      "notFound",
      ["uc0", "uc2"],
      "misset namespace: the admin cluster has no namespace uc1; it has: uc0 uc2 ",
    ],
    [
      "unauthenticated",
      [],
      "refused adminKubeconfig: the admin cluster does not accept its credentials: so it says",
    ],
    [
      "untrusted",
      [],
      "refused adminKubeconfig: no trusted connection to the admin cluster: x509: so it says",
    ],
    ["unreachable", [], "failed adminKubeconfig: the admin cluster does not answer: so it says"],
    ["timeout", [], "failed adminKubeconfig: the admin cluster does not answer: so it says"],
    ["server", [], "failed adminKubeconfig: the admin cluster does not answer: so it says"],
  ])("%s", (kind, near, expected) => {
    const refusal = judge(kind, near);
    expect(refusal && `${refusal.kind} ${refusal.message}`).toBe(expected);
    if (refusal !== undefined && kind !== "notFound")
      expect(refusal.remedy).toMatch(/Look: kubectl --kubeconfig '\/k' get namespaces$/);
  });
  it("names that begin alike come first, and never more than 12", () => {
    expect(nearest(["abc", "kube-x", "KUB"], "kube-etcd")).toEqual(["kube-x", "KUB"]);
    expect(nearest(["a", "b"], "uc1")).toEqual(["a", "b"]);
    expect(
      nearest(
        Array.from({ length: 20 }, (_, n) => `uc${n}`),
        "uc",
      ),
    ).toHaveLength(12);
  });
});
