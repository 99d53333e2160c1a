import { describe, expect, test } from "vitest";
import { changedObjects, NAMED } from "../../components/preview/changedObjects";
import { describeChanges } from "../../components/preview/changesText";
import type { ComparedWith, RestoreChanges } from "../../components/preview/restoreChanges";

const object = (kind: string, name: string, namespace = "") => ({ kind, namespace, name });
const none = changedObjects([]);

const plan = (comparedWith: ComparedWith, changes: Partial<RestoreChanges> = {}): RestoreChanges => ({
  comparedWith,
  vanish: none,
  return: none,
  change: none,
  ...changes,
});
const live = { kind: "live", member: "kube-etcd-1", revision: 1234 } as const;

describe("faults row 13: objects about to be lost", () => {
  test("are counted by kind and namespace, the gravest named first", () => {
    const objects = [
      object("Pod", "web-0", "shop"),
      object("ConfigMap", "settings", "shop"),
      object("Namespace", "shop"),
      object("ConfigMap", "a", "shop"),
    ];
    expect(changedObjects(objects)).toEqual({
      count: 4,
      byKind: { Namespace: 1, ConfigMap: 2, Pod: 1 },
      byNamespace: { "": 1, shop: 3 },
      named: ["Namespace shop", "ConfigMap shop/a", "ConfigMap shop/settings", "Pod shop/web-0"],
    });
  });

  test("are named up to a bound: the names become part of the state", () => {
    const many = Array.from({ length: NAMED + 5 }, (_, n) => object("ConfigMap", `m${n}`, "shop"));
    expect(changedObjects(many)).toMatchObject({ count: NAMED + 5, byKind: { ConfigMap: NAMED + 5 } });
    expect(changedObjects(many).named).toHaveLength(NAMED);
  });

  test("cannot write to a terminal what their names hold", () => {
    expect(changedObjects([object("", "/registry/\u001b[2J")]).named).toEqual(["/registry/\\x1b[2J"]);
  });

  test("are said in a few lines", () => {
    const vanish = changedObjects([
      object("Namespace", "shop"),
      ...Array.from({ length: 11 }, (_, n) => object("Pod", `web-${n + 10}`, "shop")),
    ]);
    const text = describeChanges(
      plan(live, { vanish, return: changedObjects([object("Secret", "s", "b")]) }),
    );
    expect(text).toBe(
      [
        "restore.snapshot: compared with etcd as it is now (kube-etcd-1, revision 1234), this restore",
        "  takes away 12 objects: 11 Pod, 1 Namespace",
        `    Namespace shop, ${Array.from({ length: 9 }, (_, n) => `Pod shop/web-${n + 10}`).join(", ")}, and 2 more`,
        "  brings back 1 object: 1 Secret",
        "    Secret b/s",
      ].join("\n"),
    );
  });

  test("no change, another basis and no basis are said too", () => {
    expect(describeChanges(plan(live))).toMatch(/this restore\n {2}changes no object$/);
    expect(describeChanges(plan({ kind: "backup", path: "/b/snapshot.db", why: "no answer" }))).toContain(
      "live etcd could not be read (no answer); compared with the newest backup, /b/snapshot.db, this restore",
    );
    expect(describeChanges(plan({ kind: "nothing", why: "no answer" }))).toBe(
      "restore.snapshot: what this restore changes is not known: no answer",
    );
  });
});
