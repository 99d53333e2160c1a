import { describe, expect, it } from "vitest";
import { type ActReport, failuresOf, type HostedReport } from "../../../lab/demo/hosted/hostedReport";

const replicas = { "StatefulSet/kube-etcd": 3, "StatefulSet/kube-apiserver": 2 };
const member = (n: number) => ({ name: `kube-etcd-${n}`, hashKV: "4711", revision: "1000000007" });
const act: ActReport = {
  restoreSeconds: 30,
  members: [member(0), member(1), member(2)],
  missing: 0,
  extra: 0,
  changed: 0,
  missingKeys: [],
  extraKeys: [],
  changedKeys: [],
  secondUp: "unchanged",
  replicasBefore: replicas,
  replicasAfter: { "StatefulSet/kube-apiserver": 2, "StatefulSet/kube-etcd": 3 },
  pdbEqual: true,
  keysBefore: 10,
  keysAfter: 10,
};
const report = (first: Partial<ActReport> = {}, second: Partial<ActReport> = {}): HostedReport => ({
  ...act,
  ...first,
  outageSeconds: 15,
  controllersSeconds: 8,
  plainRestartSeconds: 40,
  quorumLoss: { ...act, ...second },
  plugins: {},
  rewrittenKeys: [],
  elapsedSeconds: 200,
});

describe("failuresOf", () => {
  it("is empty when everything holds", () => {
    expect(failuresOf(report())).toEqual([]);
  });

  it.each<[string, Partial<ActReport>]>([
    ["1 keys are missing: /a", { missing: 1, missingKeys: ["/a"] }],
    ["4 keys are extra: /a, /b, /c, …", { extra: 4, extraKeys: ["/a", "/b", "/c", "/d"] }],
    ["1 keys have another value: /a", { changed: 1, changedKeys: ["/a"] }],
    ["hashes differ", { members: [member(0), { ...member(1), hashKV: "1" }] }],
    ["hashes differ", { members: [member(0), { ...member(1), revision: "1" }] }],
    ["hashes differ", { members: [] }],
    ["replicas are", { replicasAfter: { ...replicas, "StatefulSet/kube-apiserver": 3 } }],
    ["replicas are", { replicasAfter: {} }],
    ["PodDisruptionBudget", { pdbEqual: false }],
    ["second pulumi up", { secondUp: "changed" }],
  ])("says of either act: %s", (sentence, change) => {
    expect(failuresOf(report(change))).toEqual([expect.stringContaining(sentence)]);
    expect(failuresOf(report(change))[0]).toMatch(/^wrong delete: /);
    expect(failuresOf(report({}, change))[0]).toMatch(/^quorum loss: /);
  });
});
