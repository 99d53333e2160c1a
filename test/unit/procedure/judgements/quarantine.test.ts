import { describe, expect, it } from "vitest";
import { newerThan, parseKeys } from "../../../../components/procedure/acts/quarantine/newer";
import {
  brokenQuarantine,
  decideQuarantine,
  isWished,
  judgeFenceStep,
  judgeWished,
} from "../../../../components/procedure/judgements/quarantine";
import { parseLedger } from "../../../../components/procedure/ledgerFormat";
import type { LedgerRecord } from "../../../../components/procedure/ledgerRecord";
import type { Request } from "../../../../components/procedure/request";

describe("what is put under quarantine", () => {
  it.each([
    ["kube-system/Deployment/a", "kube-system/Deployment/a", true],
    ["*/Deployment/capi-*", "capi-system/Deployment/capi-controller-manager", true],
    ["*/Deployment/capi-*", "x/StatefulSet/capi-a", false],
    ["a/Deployment/b", "a/Deployment/bc", false],
    ["a.b/Deployment/c", "axb/Deployment/c", false],
  ])("%s names %s: %s", (wish, name, is) => expect(isWished(wish, name)).toBe(is));

  const found = [
    { name: "a/Deployment/x", replicas: 2 },
    { name: "a/ReplicaSet/x-1", replicas: 2, owner: "Deployment/x" },
    { name: "b/Deployment/y", replicas: 1, owner: "AddOn/y" },
  ];

  it("is what the restored cluster has of it; a Deployment stands for its ReplicaSets; owners are named", () => {
    expect(decideQuarantine(["*/ReplicaSet/x*", "*/Deployment/*", "c/Deployment/z"], found)).toEqual({
      workloads: [
        { name: "a/Deployment/x", replicas: 2 },
        { name: "b/Deployment/y", replicas: 1 },
      ],
      notes: ["quarantine: the restored cluster has no c/Deployment/z"],
      warnings: ["b/Deployment/y is owned by AddOn/y, which may scale it back"],
    });
  });

  it("keeps the number that was recorded, whatever an earlier run has made of it", () => {
    const recorded = [{ name: "a/Deployment/x", replicas: 2 }];
    const now = [{ name: "a/Deployment/x", replicas: 0 }];
    expect(decideQuarantine(["a/Deployment/*"], now, recorded).workloads).toEqual(recorded);
  });

  it("is broken by whoever starts it again, and not once it is released, gone, or at 0", () => {
    const recorded = [
      { name: "a/Deployment/x", replicas: 2 },
      { name: "b/Deployment/y", replicas: 1, released: "2026-11-27T11:00:00Z" },
      { name: "c/Deployment/gone", replicas: 1 },
    ];
    expect(brokenQuarantine(recorded, found)).toEqual([
      "a/Deployment/x is under quarantine, and something wants 2 of it again",
    ]);
    expect(brokenQuarantine(recorded, [{ name: "a/Deployment/x", replicas: 0 }])).toEqual([]);
  });

  it("would have found what was made after the snapshot", () => {
    const key = (text: string, create_revision: number) => ({
      key: Buffer.from(text).toString("base64"),
      create_revision,
    });
    const keys = (...kvs: object[]) => parseKeys(JSON.stringify({ kvs })) ?? [];
    const nodes = keys(key("/registry/minions/n1", 5), key("/registry/minions/n2", 50));
    expect(newerThan(nodes, 40, "/registry/minions/")).toEqual(["n2"]);
    const machines = keys(key("/a/b/cluster.x-k8s.io/machines/a/m", 51));
    expect(newerThan(machines, 40, "/a/b/cluster.x-k8s.io/machines/")).toEqual(["a/m"]);
    expect(parseKeys("{}")).toEqual([]);
    expect(parseKeys("no")).toBeUndefined();
  });
});

describe("a quarantine that the configuration lost or got on the way", () => {
  const snapshot = { path: "/s", sizeBytes: 1, sha256: "a", revision: "1" };
  const begun = (wanted: string[] | undefined, times: Record<string, string> = {}): LedgerRecord =>
    parseLedger(
      {
        ...{ format: "2", id: "r1", phase: "open", ...times },
        ...(wanted === undefined ? {} : { quarantine: JSON.stringify({ wanted }) }),
      },
      "uc1/etcd-recovery",
    );
  const [x, y] = ["a/Deployment/x", "a/Deployment/y"];

  it.each<[string, string[] | undefined, Request, string | undefined]>([
    ["as it was", [x, y], { snapshot, quarantine: [y, x] }, undefined],
    ["none, as before", undefined, { snapshot }, undefined],
    ["lost", [x], { snapshot }, "it names nothing, but restore r1 has begun with a/Deployment/x"],
    [
      "come",
      undefined,
      { snapshot, quarantine: [x] },
      `it names ${x}, but restore r1 has begun with nothing`,
    ],
    ["another, of a roll-back", [x], { rollback: "r0", quarantine: [y] }, `it names ${y}, but restore r1`],
    ["not told, without its stack", [x], {}, undefined],
  ])("%s", (_, wanted, request, said) => {
    const refusal = judgeWished(begun(wanted), request);
    if (said === undefined) expect(refusal).toBeUndefined();
    else
      expect(refusal).toMatchObject({ code: "quarantine-changed", message: expect.stringContaining(said) });
  });

  it.each<[string, string[] | undefined, Record<string, string>, "fencing" | "opening", boolean]>([
    ["no quarantine", undefined, {}, "fencing", false],
    ["not fenced", [x], {}, "fencing", true],
    ["fenced", [x], { fencing: "t" }, "fencing", false],
    ["not opened", [x], { fencing: "t" }, "opening", true],
    ["opened", [x], { fencing: "t", opening: "t" }, "opening", false],
  ])("%s", (_, wanted, times, mark, refused) => {
    const refusal = judgeFenceStep(begun(wanted, times), mark);
    expect(refusal?.code).toBe(refused ? "quarantine-left-out" : undefined);
    if (refused)
      expect(refusal?.remedy).toBe(
        `pulumi config set --path 'restore.quarantine[0]' '${x}'; then 'pulumi up' goes on. 'pulumi destroy' goes back.`,
      );
  });
});
