import { describe, expect, it } from "vitest";
import {
  type IdentityFacts,
  identityNote,
  judgeIdentity,
  uidInNamespace,
} from "../../../../components/procedure/judgements/identity";

const nothing: IdentityFacts = {
  ...{ snapshot: "uid-s", typed: undefined, live: undefined, data: undefined },
  ...{ manifest: undefined, history: undefined },
};
const ways = ["typed", "live", "data", "manifest", "history"] as const;

describe("defect 6: whose snapshot it is, of a live cluster and of a dead one", () => {
  it.each(ways)("passes where the %s UID is the snapshot's", (way) => {
    expect(judgeIdentity({ ...nothing, [way]: "uid-s" })).toBeUndefined();
  });

  it.each(ways)("refuses where the %s UID is another", (way) => {
    const refusal = judgeIdentity({ ...nothing, [way]: "uid-c" });
    expect(refusal).toMatchObject({ code: "identity-other", kind: "refused" });
    expect(refusal?.message).toMatch(
      /^restore.snapshot: it is of the cluster whose kube-system has UID uid-s, this cluster's has uid-c/,
    );
    expect(refusal?.remedy).toMatch(/pulumi config set --path restore.clusterUid uid-s$/);
  });

  it("the nearer witness counts: typed, live, data, manifest, history", () => {
    let facts: IdentityFacts = nothing;
    for (const way of [...ways].reverse()) {
      facts = { ...facts, [way]: `uid-${way}` };
      expect(judgeIdentity(facts)?.message).toContain(`this cluster's has uid-${way}`);
    }
  });

  it("does not believe an address that is another cluster's: what the members hold says so", () => {
    const facts = { ...nothing, live: "uid-s", data: "uid-c" };
    expect(judgeIdentity(facts)).toMatchObject({
      code: "identity-address",
      kind: "refused",
      message: expect.stringMatching(
        /^userKubeconfig: .*UID uid-s.*hold one with UID uid-c: they are two clusters$/,
      ),
    });
    expect(judgeIdentity({ ...facts, data: "uid-s" })).toBeUndefined();
    expect(judgeIdentity({ ...facts, typed: "uid-s" })).toBeUndefined();
  });

  it("demands the typed UID when nothing says it, and names it", () => {
    const refusal = judgeIdentity(nothing);
    expect(refusal).toMatchObject({ code: "identity-unknown", kind: "refused" });
    expect(refusal?.remedy).toBe("If it is: pulumi config set --path restore.clusterUid uid-s");
    expect(judgeIdentity({ ...nothing, typed: "uid-s" })).toBeUndefined();
  });

  it("says what was compared with, and what could not be", () => {
    expect(identityNote({ ...nothing, live: "uid-s" })).toBeUndefined();
    expect(identityNote({ ...nothing, manifest: "uid-s" })).toMatch(/^identity: .* newest manifest/);
    const unsaid = { ...nothing, snapshot: undefined };
    expect(judgeIdentity(unsaid)).toBeUndefined();
    expect(identityNote(unsaid)).toBe(
      "identity: not compared (the live cluster does not say; snapshot: does not say)",
    );
  });
});

describe("the UID in a stored Namespace", () => {
  const uid = "01234567-89ab-cdef-0123-456789abcdef";
  const stored = (value: string) =>
    JSON.stringify({ kvs: [{ value: Buffer.from(value, "latin1").toString("base64") }] });

  it("is the first of the object", () => {
    const other = "ffffffff-89ab-cdef-0123-456789abcdef";
    expect(uidInNamespace(stored(`k8s\0\n\x0bkube-system\x1a\x00"\x00*$${uid}2\x00z${other}`))).toBe(uid);
  });

  it.each(["", "{}", "{", stored(""), stored(`k8s:enc:aescbc:v1:key1:${uid}`)])("is not in %j", (text) => {
    expect(uidInNamespace(text)).toBeUndefined();
  });
});
