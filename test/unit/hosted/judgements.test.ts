import { describe, expect, it } from "vitest";
import { encryptionKeys, encryptionPath, secretsOf } from "../../../components/hosted/facts/encryptionFiles";
import { judgeClaim } from "../../../components/hosted/judgements/claims";
import {
  type ColdStartFacts,
  judgeColdStart,
  noteColdStart,
} from "../../../components/hosted/judgements/coldStart";
import {
  judgeEncryption,
  type KnownKeys,
  noteEncryption,
} from "../../../components/hosted/judgements/encryption";
import {
  judgeContainer,
  judgeMembers,
  judgeRepairable,
  judgeRetention,
  judgeSubPath,
} from "../../../components/hosted/judgements/etcdSet";
import { etcdVersionOf } from "../../../components/hosted/judgements/imageVersion";
import { nearest } from "../../../components/hosted/judgements/nearest";
import { probeNeed } from "../../../components/hosted/judgements/probes";
import { judgeNamespace } from "../../../components/hosted/judgements/reachable";
import { judgeRollout, noteRollout } from "../../../components/hosted/judgements/rollout";
import type { Probe } from "../../../components/hosted/workloads/kubeWorkload";

const http = (path: string, more: Partial<Probe> = {}): Probe => ({ httpGet: { path }, ...more });
const exec = (command: string, more: Partial<Probe> = {}): Probe => ({
  exec: { command: command.split(" ") },
  ...more,
});

describe("defect 13: what a probe needs", () => {
  it.each<[string, Probe, string]>([
    ["/readyz", http("/readyz"), "quorum"],
    ["/readyz with other checks left out", http("/readyz?exclude=data_corruption"), "quorum"],
    ["/readyz without its quorum check", http("/readyz?exclude=linearizable_read"), "none"],
    [
      "/readyz with several left out",
      http("/readyz?verbose&exclude=data_corruption&exclude=linearizable_read"),
      "none",
    ],
    ["one check of /readyz", http("/readyz/linearizable_read"), "quorum"],
    ["another check of /readyz", http("/readyz/serializable_read"), "none"],
    ["/health", http("/health"), "quorum"],
    ["/health with a slash", http("/health/"), "quorum"],
    ["/health without alarms", http("/health?exclude=NOSPACE"), "quorum"],
    ["/health of the member's own", http("/health?exclude=NOSPACE&serializable=true"), "none"],
    ["/health that is not serializable", http("/health?serializable=false"), "quorum"],
    ["/livez", http("/livez"), "none"],
    ["another path", http("/metrics"), "none"],
    ["a port", {}, "none"],
    ["etcdctl endpoint health", exec("etcdctl --cacert=/a endpoint health"), "quorum"],
    [
      "inside a shell",
      {
        exec: {
          command: ["/bin/sh", "-c", "ETCDCTL_API=3 etcdctl --endpoints=https://x:2379 endpoint health"],
        },
      },
      "quorum",
    ],
    ["etcdctl endpoint status", exec("etcdctl endpoint status"), "none"],
    ["etcdctl get", exec("etcdctl get foo"), "quorum"],
    ["etcdctl get of the member's own", exec("etcdctl get foo --consistency=s"), "none"],
    ["etcdctl alarm list", exec("etcdctl alarm list"), "quorum"],
    ["curl of /health", exec("curl -sf https://127.0.0.1:2379/health"), "quorum"],
    ["curl of /livez", exec("curl -sf http://127.0.0.1:2381/livez"), "none"],
    [
      "curl of the member's own health",
      { exec: { command: ["sh", "-c", "curl -sf 'http://127.0.0.1:2381/health?serializable=true'"] } },
      "none",
    ],
    ["a test", exec("/bin/test -f /tmp/ok"), "none"],
    ["a script", exec("/opt/probe.sh"), "unknown"],
  ])("%s", (_, probe, need) => expect(probeNeed(probe)).toBe(need));
});

describe("defect 13: cannot start from zero", () => {
  const facts = (change: Partial<ColdStartFacts> = {}): ColdStartFacts => ({
    namespace: "uc1",
    statefulSet: "etcd",
    members: 3,
    orderedReady: true,
    probes: {},
    service: { name: "etcd", publishesNotReady: true },
    ...change,
  });
  const slow = { failureThreshold: 8 };

  it.each<[string, Partial<ColdStartFacts>, RegExp | undefined]>([
    ["no probes", {}, undefined],
    [
      "readiness",
      { probes: { readiness: http("/readyz") } },
      /^StatefulSet etcd: OrderedReady with a readiness probe that may need a quorum cannot start from 0/,
    ],
    ["readiness by a command", { probes: { readiness: exec("etcdctl endpoint health") } }, /readiness probe/],
    ["readiness by a script", { probes: { readiness: exec("/probe.sh") } }, /readiness probe that may need/],
    [
      "startup",
      { probes: { readiness: http("/livez"), startup: http("/health", slow) } },
      /OrderedReady with a startup probe/,
    ],
    [
      "readiness without a quorum check",
      { probes: { readiness: http("/readyz?exclude=linearizable_read") } },
      undefined,
    ],
    ["Parallel with readiness", { orderedReady: false, probes: { readiness: http("/readyz") } }, undefined],
    [
      "one member",
      { members: 1, probes: { readiness: http("/readyz"), liveness: http("/health") } },
      undefined,
    ],
    [
      "liveness that kills soon",
      { probes: { liveness: http("/health") } },
      /liveness probe needs a quorum and kills a member that waits for one after 30 s/,
    ],
    [
      "liveness that is patient",
      { probes: { liveness: http("/health", { ...slow, initialDelaySeconds: 10 }) } },
      undefined,
    ],
    [
      "liveness held back by a patient startup probe",
      { orderedReady: false, probes: { startup: http("/health", slow), liveness: http("/health") } },
      undefined,
    ],
    ["liveness of the member's own", { probes: { liveness: http("/health?serializable=true") } }, undefined],
    [
      "hidden addresses, readiness with a quorum",
      {
        orderedReady: false,
        probes: { readiness: http("/health") },
        service: { name: "etcd", publishesNotReady: false },
      },
      /^Service etcd: it publishes no address of a member that is not ready/,
    ],
    [
      "hidden addresses, readiness without",
      {
        orderedReady: false,
        probes: { readiness: http("/livez") },
        service: { name: "etcd", publishesNotReady: false },
      },
      undefined,
    ],
    [
      "no Service",
      { orderedReady: false, probes: { readiness: http("/health") }, service: undefined },
      undefined,
    ],
  ])("%s", (_, change, sentence) => {
    const refusal = judgeColdStart(facts(change));
    if (sentence === undefined) expect(refusal).toBeUndefined();
    else
      expect(refusal).toMatchObject({
        kind: "refused",
        message: expect.stringMatching(sentence),
        remedy: expect.stringMatching(/livez|publishNotReadyAddresses/),
      });
  });

  it("says it of members that start together, and lets them", () => {
    const together = facts({
      orderedReady: false,
      probes: { liveness: exec("etcdctl endpoint health", { periodSeconds: 5 }) },
    });
    expect(judgeColdStart(together)).toBeUndefined();
    expect(noteColdStart(together)).toMatch(/liveness probe needs a quorum and kills .* after 15 s/);
    expect(noteColdStart(facts())).toBeUndefined();
  });
});

describe("defect 14: an unfinished rollout", () => {
  const facts = { namespace: "uc1", statefulSet: "kube-etcd", current: "a", update: "b", onDelete: false };
  it("is refused, and can be taken back", () => {
    expect(judgeRollout(facts)).toMatchObject({
      kind: "refused",
      message:
        "StatefulSet kube-etcd: a rollout is unfinished (from a to b): from 0 all its Pods would start with the new template",
      remedy: expect.stringContaining("rollout undo statefulset kube-etcd"),
    });
    expect(noteRollout(facts)).toBeUndefined();
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

describe("row 26 and faults row 9: encryption at rest", () => {
  const judged = (known: KnownKeys, allowed: string[] = [], wanted = ["aescbc:key1", "kms:vault"]) => {
    const facts = { namespace: "uc1", statefulSet: "kube-apiserver", wanted, allowed, known };
    return { refusal: judgeEncryption(facts), note: noteEncryption(facts) };
  };
  const keys = (...names: string[]): KnownKeys => ({ kind: "keys", keys: names, secret: "enc" });

  it("passes when the API servers have every key, or there are none", () => {
    expect(judged(keys("aescbc:key1", "identity:", "kms:vault"))).toEqual({
      refusal: undefined,
      note: "encryption at rest: the API servers have aescbc:key1 kms:vault",
    });
    expect(judged({ kind: "none" }, [], [])).toEqual({ refusal: undefined, note: undefined });
  });

  it.each<[string, KnownKeys, RegExp]>([
    [
      "no configuration",
      { kind: "none" },
      /aescbc:key1 kms:vault, the API servers have no --encryption-provider-config/,
    ],
    [
      "another key",
      keys("aescbc:key2", "kms:vault"),
      /with aescbc:key1, which the API servers do not have; they have aescbc:key2/,
    ],
    ["a longer name", keys("aescbc:key11", "kms:vault"), /with aescbc:key1, which/],
    [
      "unknown",
      { kind: "unknown", why: "it lies in no Secret" },
      /which keys the API servers have is unknown: it lies in no Secret/,
    ],
  ])("refuses with %s, and names the keys", (_, known, sentence) => {
    const { refusal } = judged(known);
    expect(refusal).toMatchObject({ kind: "refused", message: expect.stringMatching(sentence) });
    expect(refusal?.remedy).toContain("pulumi config set --path 'restore.allowEncryption[0]' 'aescbc:key1'");
    const allowed = judged(known, ["kms:vault", "aescbc:key1"]);
    expect(allowed.refusal).toBeUndefined();
    expect(allowed.note).toMatch(/as restore.allowEncryption says$/);
    expect(judged(known, ["kms:vault"]).refusal?.message).toMatch(/encrypted with aescbc:key1/);
  });

  const container = (
    args: string[],
    mounts: { name: string; mountPath: string; subPath?: string }[] = [],
  ) => ({ name: "c", args, volumeMounts: mounts });

  it.each([
    ["one word", ["kube-apiserver", "--encryption-provider-config=/a/b"], "/a/b"],
    ["two", ["--encryption-provider-config", "/a/b"], "/a/b"],
    ["a shell's line", ["exec kube-apiserver --encryption-provider-config='/a/b' --v=2"], "/a/b"],
    ["none", ["--v=2", "--encryption-provider-config-automatic-reload=true"], undefined],
  ])("finds the flag as %s", (_, args, expected) => {
    expect(encryptionPath({ containers: [container(args)] })).toBe(expected);
  });

  it("finds the Secret of the volume that is mounted nearest", () => {
    const volumes = (items?: { key: string; path: string }[]) => [
      { name: "certs", secret: { secretName: "pki" } },
      { name: "enc", secret: { secretName: "encryption", ...(items ? { items } : {}) } },
    ];
    const mounts = [
      { name: "certs", mountPath: "/etc" },
      { name: "enc", mountPath: "/etc/enc/" },
    ];
    const secret = (path: string, items?: { key: string; path: string }[]) =>
      secretsOf(path, { containers: [container([], mounts)], volumes: volumes(items) }).map(
        (one) => `${one.secret} ${one.key}`,
      );
    const path = "/etc/enc/config.yaml";
    expect(secret(path)).toEqual(["encryption config.yaml"]);
    expect(secret(path, [{ key: "current", path: "config.yaml" }])).toEqual(["encryption current"]);
    expect(secret(path, [{ key: "current", path: "other.yaml" }])).toEqual([]);
    expect(secret("/etc/other/config.yaml")).toEqual(["pki other/config.yaml"]);
    expect(secret("/var/config.yaml")).toEqual([]);
    const file = { name: "v", mountPath: "/a/c.yaml", subPath: "c.yaml" };
    expect(
      secretsOf("/a/c.yaml", {
        containers: [container([], [file])],
        volumes: [{ name: "v", projected: { sources: [{ secret: { name: "s" } }] } }],
      }),
    ).toEqual([{ secret: "s", key: "c.yaml" }]);
  });

  it("reads names of an EncryptionConfiguration, never keys", () => {
    const text = `kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc: {keys: [{name: key1, secret: QUJD}, {name: key0, secret: QUJD}]}
  - kms: {apiVersion: v2, name: vault, endpoint: x}
  - identity: {}
`;
    expect(encryptionKeys(text)).toEqual(["aescbc:key0", "aescbc:key1", "identity:", "kms:vault"]);
    expect(encryptionKeys("a: [b")).toBeUndefined();
    expect(encryptionKeys("just text")).toBeUndefined();
    expect(encryptionKeys("resources: 5")).toBeUndefined();
  });
});
