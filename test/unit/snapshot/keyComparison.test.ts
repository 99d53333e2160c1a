import * as fs from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { compareKeys } from "../../../snapshot";
import { protobufObject } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** Three ConfigMaps at revisions 3 to 5, a custom resource, a Lease, and a key of the API servers. */
const snapshot = writeSnapshot(directory, "keys.db", {
  records: [
    ...kubernetesRecords(3),
    {
      revision: 6n,
      key: "/registry/example.com/widgets/team/w",
      value: '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"team"}}',
    },
    {
      revision: 7n,
      key: "/registry/leases/kube-system/scheduler",
      value: protobufObject(
        { apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
        { name: "scheduler", namespace: "kube-system" },
      ),
    },
    { revision: 8n, key: "compact_rev_key", value: "2" },
  ],
});

const asSaved: readonly [string, bigint][] = [
  ["/registry/namespaces/kube-system", 2n],
  ["/registry/configmaps/default/map-0", 3n],
  ["/registry/configmaps/default/map-1", 4n],
  ["/registry/configmaps/default/map-2", 5n],
  ["/registry/example.com/widgets/team/w", 6n],
  ["/registry/leases/kube-system/scheduler", 7n],
  ["compact_rev_key", 8n],
];

async function compared(changed: Readonly<Record<string, bigint | undefined>>) {
  const live = new Map<string, bigint>(asSaved);
  for (const [key, revision] of Object.entries(changed)) {
    if (revision === undefined) live.delete(key);
    else live.set(key, revision);
  }
  const verdict = await compareKeys(live, snapshot);
  if (!verdict.valid) throw new Error(verdict.problem.message);
  return verdict;
}

describe("faults row 13: from a running etcd to a snapshot", () => {
  test("nothing, when nothing was written since", async () => {
    expect(await compared({})).toEqual({ valid: true, items: [], churn: 0 });
  });

  test("what was made since vanishes, what was deleted returns, what was written goes back", async () => {
    const { items, churn } = await compared({
      "/registry/configmaps/default/map-0": undefined,
      "/registry/configmaps/default/map-1": 11n,
      "/registry/secrets/shop/db": 12n,
      "/registry/example.com/widgets/team/later": 13n,
      "/registry/leases/kube-system/scheduler": 14n,
      compact_rev_key: 15n,
    });
    expect(items).toEqual([
      { change: "added", kind: "ConfigMap", namespace: "default", name: "map-0" },
      { change: "changed", kind: "ConfigMap", namespace: "default", name: "map-1" },
      { change: "removed", kind: "Secret", namespace: "shop", name: "db" },
      // the key of a custom resource has no kind: the snapshot's other ones say it
      { change: "removed", kind: "Widget", namespace: "team", name: "later" },
    ]);
    expect(churn).toBe(2);
  });

  test("a damaged snapshot is a verdict, not an exception", async () => {
    const cut = `${snapshot}.cut`;
    fs.writeFileSync(cut, fs.readFileSync(snapshot).subarray(0, 8192));
    expect(await compareKeys(new Map(), cut)).toMatchObject({ valid: false, problem: { code: "truncated" } });
  });
});
