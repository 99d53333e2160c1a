import * as fs from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { verdictToJson, verifySnapshotSync } from "../../../snapshot";
import { number, protobufObject, type TestRecord } from "../../support/etcdRecords";
import {
  KUBE_SYSTEM_UID,
  kubernetesRecords,
  scratchDirectory,
  type TestSnapshot,
  writeSnapshot,
} from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

function inspect(snapshot: TestSnapshot) {
  const verdict = verifySnapshotSync(writeSnapshot(directory, "contents.db", snapshot));
  if (!verdict.valid) throw new Error(verdict.problem.message);
  return verdict;
}

const revisionKey = (revision: bigint) => {
  const key = Buffer.alloc(17);
  key.writeBigUInt64BE(revision);
  key[8] = 0x5f;
  return key;
};

describe("what a snapshot holds", () => {
  test("live keys, kinds and namespaces, after changes and deletions", () => {
    const records: TestRecord[] = [
      ...kubernetesRecords(10),
      { revision: 13n, key: "/registry/configmaps/default/map-0" },
      {
        revision: 14n,
        key: "/registry/configmaps/default/map-1",
        created: 4n,
        version: 2,
        value: protobufObject(
          { apiVersion: "v1", kind: "ConfigMap" },
          { name: "map-1", namespace: "default" },
        ),
      },
      { revision: 15n, key: "compact_rev_key", value: "2" },
      {
        revision: 15n,
        sub: 1,
        key: "/registry/example.com/widgets/team/w",
        value:
          '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"team"},"spec":{}}',
      },
    ];
    const found = inspect({ records });
    expect(found).toMatchObject({
      revision: 15n,
      keys: 12,
      otherKeys: 1,
      revisions: 15,
      census: { ConfigMap: 9, Namespace: 1, Widget: 1 },
      namespaces: { default: 9, team: 1 },
      identity: { kubeSystemUid: KUBE_SYSTEM_UID },
      versions: { cluster: "3.6.0", storage: "3.6.0" },
    });
    expect(found.churn).toMatchObject([{ name: "map-1", revisions: 2 }]);
  });

  test("a deleted and re-created namespace kube-system has its new uid", () => {
    const namespace = (uid: string) =>
      protobufObject({ apiVersion: "v1", kind: "Namespace" }, { name: "kube-system", uid });
    const key = "/registry/namespaces/kube-system";
    const records = [
      { revision: 2n, key, value: namespace("old") },
      { revision: 3n, key },
      { revision: 4n, key, value: namespace("new") },
    ];
    expect(inspect({ records }).identity.kubeSystemUid).toBe("new");
    expect(inspect({ records: records.slice(0, 2) }).identity.kubeSystemUid).toBeNull();
  });

  test("revisions above 2^53 are exact", () => {
    const records: TestRecord[] = [9007199254740993n, 9007199254740995n].map((revision) => ({
      revision,
      key: `k${revision}`,
      value: "v",
    }));
    const compacted = 9007199254740993n;
    const meta: [Buffer, Buffer][] = [[Buffer.from("finishedCompactRev"), revisionKey(compacted)]];
    const found = inspect({ records, buckets: { meta } });
    expect(found).toMatchObject({ revision: 9007199254740995n, compactedRevision: compacted });
    expect(verdictToJson(found)).toMatchObject({
      revision: "9007199254740995",
      compactedRevision: "9007199254740993",
    });
  });

  test.each([8192, 16384, 65536])("pages of %i bytes", (pageSize) => {
    expect(inspect({ records: kubernetesRecords(2000), pageSize })).toMatchObject({
      keys: 2001,
      pages: { size: pageSize },
    });
  });

  test("values of many pages", () => {
    const records = [100, 5000, 1_500_000, 10].map(
      (size, i): TestRecord => ({ revision: BigInt(i + 2), key: `k${i}`, value: Buffer.alloc(size, i) }),
    );
    expect(inspect({ records })).toMatchObject({
      keys: 4,
      largest: [{ key: "k2", bytes: 1_500_000 }, { key: "k1" }, { key: "k0" }, { key: "k3" }],
    });
  });

  test("encryption providers and keys, kinds by the key in the registry", () => {
    const names = ["aescbc:v1:key1", "aescbc:v1:key1", "secretbox:v1:key2", "kms:v2:vault", "kms:v1:vault"];
    const records = names.map(
      (name, i): TestRecord => ({
        revision: BigInt(i + 2),
        key: `/registry/secrets/ns/s${i}`,
        value: Buffer.from(`k8s:enc:${name}:\x00\xff`, "latin1"),
      }),
    );
    expect(inspect({ records })).toMatchObject({
      encryption: [
        { provider: "aescbc", version: "v1", keyName: "key1" },
        { provider: "secretbox", version: "v1", keyName: "key2" },
        { provider: "kms", version: "v2", keyName: "vault" },
        { provider: "kms", version: "v1", keyName: "vault" },
      ],
      census: { Secret: 5 },
      namespaces: { ns: 5 },
    });
  });

  test("CBOR values say their kind", () => {
    const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
    const bytesOf = (value: string) =>
      Buffer.concat([Buffer.from([0x40 + value.length]), Buffer.from(value)]);
    const value = Buffer.concat([
      Buffer.from([0xd9, 0xd9, 0xf7, 0xa3]),
      ...[
        bytesOf("kind"),
        bytesOf("Widget"),
        bytesOf("apiVersion"),
        bytesOf("example.com/v1"),
        text("metadata"),
        Buffer.from([0xa1]),
        text("namespace"),
        text("team"),
      ],
    ]);
    const records = [value, value.subarray(0, 9)].map(
      (v, i): TestRecord => ({
        revision: BigInt(i + 2),
        key: `/registry/example.com/widgets/team/w${i}`,
        value: v,
      }),
    );
    expect(inspect({ records })).toMatchObject({
      census: { Widget: 1 },
      namespaces: { team: 1 },
      otherKeys: 0,
      unreadable: { "widgets.example.com": 1 },
      warnings: [{ code: "unreadable", message: "1 object cannot be read: 1 of widgets.example.com." }],
    });
  });

  test("members, alarms, leases and authentication", () => {
    const json = JSON.stringify({
      id: 1,
      peerURLs: ["https://10.0.0.1:2380"],
      name: "etcd-0",
      clientURLs: ["https://10.0.0.1:2379"],
    });
    const found = inspect({
      records: [],
      buckets: {
        members: [[Buffer.from("8e9e05c52164694d"), Buffer.from(json)]],
        alarm: [[Buffer.concat([number(1, 0x8e9e05c52164694dn), number(2, 1n)]), Buffer.alloc(0)]],
        lease: [[Buffer.alloc(8, 1), Buffer.from("0801", "hex")]],
        auth: [[Buffer.from("authEnabled"), Buffer.from([1])]],
      },
    });
    expect(found.members).toEqual([
      {
        id: "8e9e05c52164694d",
        name: "etcd-0",
        peerURLs: ["https://10.0.0.1:2380"],
        clientURLs: ["https://10.0.0.1:2379"],
        isLearner: false,
      },
    ]);
    expect(found.alarms).toEqual([{ memberId: "8e9e05c52164694d", alarm: "NOSPACE" }]);
    expect(found).toMatchObject({
      leases: 1,
      revision: 1n,
      keys: 0,
      warnings: [{ code: "alarm" }, { code: "auth" }],
    });
  });
});
