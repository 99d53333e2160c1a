import { describe, expect, it } from "vitest";
import { type KubeadmReport, kubeadmFailures } from "../../../lab/demo/kubeadm/kubeadmReport";
import { areServed, type MachineReport, machineFailures } from "../../../lab/demo/machines/machineReport";

const member = (n: number) => ({ name: `cp-${n}`, hashKV: "4711", revision: "1000000007" });
const cluster = { name: "uc1", probes: 500, answered: 499, longestPauseSeconds: 1.4 };
const good: MachineReport = {
  ...{ missing: 0, extra: 0, changed: 0, missingKeys: [], extraKeys: [], changedKeys: [] },
  ...{ keysBefore: 10, keysAfter: 10, restoreSeconds: 60, updates: 1, outageSeconds: 50 },
  ...{ pkiIdentical: true, pkiDifferences: [], leftBehind: [], kept: ["cp-1:/etc/kubernetes/etcd-recovery"] },
  ...{ changedHostKeyRefused: true, userClustersServed: true, userClusters: [cluster], quarantined: [] },
  members: [member(1)],
  ...{ secondUp: "unchanged", plugins: {}, rewrittenKeys: [], elapsedSeconds: 200 },
};
const three: KubeadmReport = {
  ...good,
  ...{ members: [member(1), member(2), member(3)], userClustersServed: null, userClusters: [] },
  ...{ killed: "cp-b", killedAfter: "restore-cp-b-swap", resumed: true },
};

const defects: readonly [string, Partial<MachineReport>][] = [
  ["1 keys are missing: /a", { missing: 1, missingKeys: ["/a"] }],
  ["1 keys are extra: /a", { extra: 1, extraKeys: ["/a"] }],
  ["1 keys have another value: /a", { changed: 1, changedKeys: ["/a"] }],
  ["not as backed up: cp-1:/a", { pkiIdentical: false, pkiDifferences: ["cp-1:/a"] }],
  ["left behind: jump:/tmp/key", { leftBehind: ["jump:/tmp/key"] }],
  ["changed host key was not refused", { changedHostKeyRefused: false }],
  ["did not answer for 5 s or more: uc1 1.4 s", { userClustersServed: false, userClusters: [cluster] }],
  ["0 members, not", { members: [] }],
  ["second pulumi up", { secondUp: "changed" }],
];

describe("failures of a control plane on machines", () => {
  it("are none when everything holds", () => {
    expect(machineFailures(good, 1)).toEqual([]);
    expect(kubeadmFailures(three)).toEqual([]);
  });

  it.each(defects)("say: %s", (sentence, change) => {
    expect(machineFailures({ ...good, ...change }, 1).join("\n")).toContain(sentence);
    expect(kubeadmFailures({ ...three, ...change }).join("\n")).toContain(sentence);
  });

  it.each<[string, Partial<KubeadmReport>]>([
    ["hashes differ", { members: [member(1), member(2), { ...member(3), hashKV: "1" }] }],
    ["hashes differ", { members: [member(1), member(2), { ...member(3), revision: "1" }] }],
    ["2 members, not 3", { members: [member(1), member(2)] }],
    ["no machine was killed", { killed: "" }],
    ["not interrupted and resumed", { resumed: false }],
  ])("say of three: %s", (sentence, change) => {
    expect(kubeadmFailures({ ...three, ...change })).toEqual([expect.stringContaining(sentence)]);
  });
});

it.each([
  [null, []],
  [true, [cluster]],
  [false, [cluster, { ...cluster, longestPauseSeconds: 5 }]],
])("hosted clusters are served: %s", (served, clusters) => {
  expect(areServed(clusters)).toBe(served);
});
