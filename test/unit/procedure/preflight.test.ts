import { describe, expect, it } from "vitest";
import { preflight } from "../../../components/procedure/acts/preflight";
import type { Operation } from "../../../components/procedure/arguments";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import type { LedgerPhase } from "../../../components/procedure/ledgerRecord";
import { refused } from "../../../components/procedure/refusal";
import type { Request, SnapshotRequest } from "../../../components/procedure/request";
import {
  type FakeContext,
  FakeSubstrate,
  fakeContext,
  fakeRecord,
  fakeRequest,
  perform,
  snapshotDigest,
} from "../../support/fakeSubstrate";

const uid = "11111111-aaaa";
const other = "22222222-bbbb";
const snapshot = (changes: Partial<SnapshotRequest>): Request =>
  fakeRequest({ snapshot: { ...(fakeRequest().snapshot as SnapshotRequest), ...changes } });
const dead = () => {
  const substrate = new FakeSubstrate();
  substrate.die();
  return substrate;
};
const run = (context: FakeContext) => perform("preflight", preflight, context);
const codeOf = async (context: FakeContext): Promise<string> =>
  run(context).then(
    () => "passes",
    (cause: { refusal?: { code: string }; message: string }) => cause.refusal?.code ?? cause.message,
  );
/** Puts the ledger of another operation into the history. */
const pastLedger = (
  substrate: FakeSubstrate,
  id: string,
  phase: LedgerPhase,
  clusterUid: string,
  finished = "2026-03-01T00:00:00Z",
) =>
  substrate.ledger.history.set(id, {
    fields: ledgerFields(fakeRecord(substrate, { id, phase, clusterUid, times: { open: "x", finished } })),
    version: 1,
  });

describe("preflight", () => {
  it("answers what later steps need", async () => {
    const substrate = new FakeSubstrate();
    const like = { tolerations: [] };
    const places = { "kube-etcd-0": "node-a" };
    substrate.judgement = { refusals: [], notes: ["worth knowing"], places, like };
    const context = fakeContext(substrate, { request: fakeRequest({ reason: "wrong data" }) });
    expect(await run(context)).toEqual({
      like,
      ...{ nodes: { "kube-etcd-0": "node-a" }, liveRevision: "1000", serverVersion: "3.6.14" },
    });
    expect(context.lines).toEqual(["worth knowing", "members with a quorum: 3 of 3"]);
    expect(substrate.calls.of(/write|archive|volumes/)).toEqual([]);
  });

  it.each<[string, (substrate: FakeSubstrate) => void, Request, string]>([
    ["a living quorum without a reason", () => {}, fakeRequest(), "quorum-alive"],
    ["with one", () => {}, fakeRequest({ reason: "wrong data" }), "passes"],
    [
      "what the substrate refuses comes first",
      (s) => {
        s.judgement = { ...s.judgement, refusals: [refused("no-rights", "not allowed")] };
      },
      fakeRequest(),
      "no-rights",
    ],
    ["row 25: of a newer etcd", () => {}, snapshot({ etcdVersion: "3.99.0" }), "version-newer"],
    ["row 22: of another cluster", () => {}, snapshot({ kubeSystemUid: other }), "identity-other"],
    [
      "row 22: meant",
      () => {},
      { ...snapshot({ kubeSystemUid: other }), clusterUid: other, reason: "why" },
      "passes",
    ],
    [
      "a revision without room",
      () => {},
      { ...snapshot({ revision: "9".repeat(19) }), reason: "why" },
      "revision-no-room",
    ],
    [
      "faults row 1: another restore under way",
      (s) => s.setRecord(fakeRecord(s, { id: "r0" })),
      fakeRequest(),
      "held",
    ],
    ["its own, under way", (s) => s.setRecord(fakeRecord(s)), fakeRequest(), "passes"],
    ["its own, finished", (s) => s.setRecord(fakeRecord(s, { phase: "finished" })), fakeRequest(), "id-used"],
    [
      "an id in the history",
      (s) => pastLedger(s, "r1", "finished", uid),
      fakeRequest({ reason: "why" }),
      "id-used",
    ],
    [
      "its own, undone before anything was stopped",
      (s) => s.setRecord(fakeRecord(s, { phase: "undone" })),
      fakeRequest({ reason: "why" }),
      "passes",
    ],
    [
      "defect 1: its own, under way with another snapshot",
      (s) => s.setRecord(fakeRecord(s, { snapshot: "b".repeat(64) })),
      fakeRequest(),
      "snapshot-changed",
    ],
  ])("%s", async (_, arrange, request, expected) => {
    const substrate = new FakeSubstrate();
    arrange(substrate);
    expect(await codeOf(fakeContext(substrate, { request }))).toBe(expected);
  });

  it("who may not ask hears that, not what failed for it", async () => {
    const substrate = new FakeSubstrate();
    const forbidden = () => {
      throw new Error("403 forbidden");
    };
    substrate.calls.before(/^(ledger|workloads)\./, forbidden);
    expect(await codeOf(fakeContext(substrate))).toBe("403 forbidden");
    substrate.judgement = { ...substrate.judgement, refusals: [refused("no-rights", "not allowed")] };
    expect(await codeOf(fakeContext(substrate))).toBe("no-rights");
  });

  describe("of a cluster without a quorum", () => {
    it("passes where the newest manifest of its backups has the snapshot's UID", async () => {
      const context = fakeContext(dead(), { request: snapshot({ manifestUid: uid }) });
      expect(await run(context)).toEqual({ nodes: {}, liveRevision: "0", serverVersion: "3.6.14" });
      expect(context.lines).toEqual([
        `identity: kube-system has UID ${uid} (so says the newest manifest of its backups)`,
        "no member could be asked; 0 of 3 are counted ready",
      ]);
    });

    it("is alive where enough members are counted ready, though none can be asked", async () => {
      const substrate = dead();
      substrate.workloads.workload("StatefulSet/kube-etcd").healthy = 2;
      expect(await codeOf(fakeContext(substrate, { request: snapshot({ manifestUid: uid }) }))).toBe(
        "quorum-alive",
      );
      substrate.calls.before(/^workloads.find/, () => {
        throw new Error("could not ask");
      });
      expect(await codeOf(fakeContext(substrate, { request: snapshot({ manifestUid: uid }) }))).toBe(
        "could not ask",
      );
    });

    it.each([
      ["no etcdctl", 'exec: "etcdctl": executable file not found in $PATH: unknown', "members-unaskable"],
      ["no certificate", "Error: open /certs/ca.crt: no such file or directory", "members-unaskable"],
      ["no answer", "Error: context deadline exceeded", "passes"],
      ["no container", "container not found", "passes"],
    ])(
      "whose members have %s: what nothing could prove, in the outage, is refused",
      async (_, stderr, code) => {
        const substrate = dead();
        for (const member of substrate.etcd.of.values()) member.silent = false;
        substrate.workloads.workload("StatefulSet/kube-etcd").healthy = 3;
        substrate.etcd.on(/^endpoint status/, () => ({ code: 1, stdout: "", stderr }));
        const request = { ...snapshot({ manifestUid: uid }), reason: "wrong data" };
        expect(await codeOf(fakeContext(substrate, { request }))).toBe(code);
        // Certificates that are gone may be what comes back.
        const pki = { directory: "/backups", bundles: [] };
        expect(await codeOf(fakeContext(substrate, { request: { ...request, pki } }))).toBe("passes");
      },
    );

    it.each<[string, (substrate: FakeSubstrate) => void, Request, string]>([
      ["nothing says whose it is", () => {}, fakeRequest(), "identity-unknown"],
      ["typed", () => {}, fakeRequest({ clusterUid: uid }), "passes"],
      ["the manifest is another's", () => {}, snapshot({ manifestUid: other }), "identity-other"],
      [
        "the last restore's snapshot was of it",
        (s) => pastLedger(s, "r0", "finished", uid),
        fakeRequest(),
        "passes",
      ],
      [
        "the last restore's was of another",
        (s) => pastLedger(s, "r0", "finished", other),
        fakeRequest(),
        "identity-other",
      ],
      [
        "an undone one says nothing",
        (s) => pastLedger(s, "r0", "undone", uid),
        fakeRequest(),
        "identity-unknown",
      ],
      [
        "the newest restore says it",
        (s) => {
          pastLedger(s, "r0", "finished", other, "2026-01-01T00:00:00Z");
          pastLedger(s, "ra", "finished", uid, "2026-02-01T00:00:00Z");
          pastLedger(s, "rb", "finished", other, "2025-02-01T00:00:00Z");
        },
        fakeRequest(),
        "passes",
      ],
      [
        "after a roll-back nothing says which of two it is now",
        (s) => {
          pastLedger(s, "r0", "finished", uid, "2026-01-01T00:00:00Z");
          pastLedger(s, "ra", "finished", other, "2026-02-01T00:00:00Z");
          pastLedger(s, "rb", "finished", "", "2026-03-01T00:00:00Z");
        },
        fakeRequest(),
        "identity-unknown",
      ],
      [
        "after a roll-back it is what all restores were of",
        (s) => {
          pastLedger(s, "r0", "finished", uid, "2026-01-01T00:00:00Z");
          pastLedger(s, "rb", "finished", "", "2026-03-01T00:00:00Z");
        },
        fakeRequest(),
        "passes",
      ],
      [
        "a snapshot that says none cannot be compared",
        () => {},
        snapshot({ kubeSystemUid: undefined }),
        "passes",
      ],
    ])("defect 6: %s", async (_, arrange, request, expected) => {
      const substrate = dead();
      arrange(substrate);
      expect(await codeOf(fakeContext(substrate, { request }))).toBe(expected);
    });

    it("defect 6: a member that still answers says it from its own data", async () => {
      const stored = "01234567-89ab-cdef-0123-456789abcdef";
      const value = Buffer.from(`k8s kube-system*$${stored}`).toString("base64");
      const substrate = dead();
      substrate.etcd.member("kube-etcd-1").silent = false;
      substrate.workloads.workload("StatefulSet/kube-etcd").healthy = 3;
      substrate.etcd.member("kube-etcd-1").role = "no-leader";
      substrate.etcd.on(/^get \/registry\/namespaces\/kube-system --consistency=s/, (member) =>
        member === "kube-etcd-1" ? JSON.stringify({ kvs: [{ value }] }) : undefined,
      );
      expect(await codeOf(fakeContext(substrate, { request: snapshot({ kubeSystemUid: stored }) }))).toBe(
        "passes",
      );
      expect(await codeOf(fakeContext(substrate, { request: fakeRequest() }))).toBe("identity-other");
    });

    it("and under the prefix that its API servers are told, where they are told one", async () => {
      const substrate = dead();
      substrate.prefix = "/a/b";
      substrate.etcd.member("kube-etcd-1").silent = false;
      const stored = "01234567-89ab-cdef-0123-456789abcdef";
      const value = Buffer.from(`k8s kube-system*$${stored}`).toString("base64");
      substrate.etcd.on(/^get \/a\/b\/namespaces\/kube-system /, () => JSON.stringify({ kvs: [{ value }] }));
      expect(await codeOf(fakeContext(substrate, { request: snapshot({ kubeSystemUid: stored }) }))).toBe(
        "passes",
      );
    });

    it("asks all at once: no question waits for another", async () => {
      const substrate = dead();
      const slow = () => new Promise((resolve) => setTimeout(resolve, 300));
      substrate.calls.before(/^(etcd.run|userApi|judge|workloads.find)/, slow);
      const started = performance.now();
      await run(fakeContext(substrate, { request: snapshot({ manifestUid: uid }) }));
      expect(performance.now() - started).toBeLessThan(900);
      expect(substrate.calls.of(/^etcd.run/).length).toBe(6);
    });
  });

  describe.each<[Operation, "rollback" | "finalize"]>([
    ["rollback", "rollback"],
    ["finalize", "finalize"],
  ])("of a %s", (operation, key) => {
    const context = (substrate: FakeSubstrate) =>
      fakeContext(substrate, { operation, id: "r9", request: { [key]: "r1" } });

    it("needs the restore that it names", async () => {
      const substrate = new FakeSubstrate();
      expect(await codeOf(context(substrate))).toBe("past-unknown");
      substrate.setRecord(fakeRecord(substrate, { phase: "finished", snapshot: snapshotDigest }));
      expect(await codeOf(context(substrate))).toBe("passes");
    });

    it("is not begun while another is under way", async () => {
      const substrate = new FakeSubstrate();
      pastLedger(substrate, "r1", "finished", uid);
      substrate.setRecord(fakeRecord(substrate, { id: "r2", phase: "swapped" }));
      expect(await codeOf(context(substrate))).toBe("held");
    });
  });

  it("a roll-back is not compared with the cluster, and needs no other reason", async () => {
    const substrate = dead();
    substrate.setRecord(fakeRecord(substrate, { phase: "finished" }));
    const context = fakeContext(substrate, { operation: "rollback", id: "r9", request: { rollback: "r1" } });
    expect(await codeOf(context)).toBe("passes");
  });
});
