import { describe, expect, it } from "vitest";
import { newerThan, parseKeys } from "../../../../components/procedure/acts/quarantine/newer";
import {
  brokenQuarantine,
  decideQuarantine,
  isWished,
} from "../../../../components/procedure/judgements/quarantine";

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
