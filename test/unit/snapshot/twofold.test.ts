import * as fs from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { getObject, listKeys, searchSnapshot, verifySnapshotSync } from "../../../snapshot";
import { field, keyPair, keyValue, number, type TestRecord } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

/** Objects and records that say of themselves twice what they are, and not the same: who reads them decides. */
const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

const key = "/registry/configmaps/default/x";
const typeMeta = (kind: string) =>
  field(1, Buffer.concat([field(1, Buffer.from("v1")), field(2, Buffer.from(kind))]));
const named = (name: string, namespace: string) =>
  Buffer.concat([field(1, Buffer.from(name)), field(3, Buffer.from(namespace))]);
const meta = (...parts: readonly Buffer[]) => field(1, Buffer.concat(parts));
const envelope = (...parts: readonly Buffer[]) => Buffer.concat([Buffer.from("k8s\0"), ...parts]);
const own = named("x", "default");
const other = named("y", "kube-system");
const write = (value: Buffer | string, at = key) => {
  const record: TestRecord = { revision: 9n, key: at, value };
  return writeSnapshot(directory, "twofold.db", { records: [...kubernetesRecords(1), record] });
};
const get = async (value: Buffer | string) => {
  const found = await getObject(write(value), { kind: "configmap", namespace: "default", name: "x" });
  return found.valid ? (found.reason ?? found.object) : found.problem.message;
};

describe("protobuf", () => {
  test("as the API server writes it, with encoding and type of the content behind", async () => {
    const value = envelope(
      typeMeta("ConfigMap"),
      field(2, meta(own)),
      field(3, Buffer.alloc(0)),
      field(4, Buffer.alloc(0)),
    );
    expect(await get(value)).toMatchObject({ metadata: { name: "x", namespace: "default" } });
    const later = Buffer.concat([value, field(5, Buffer.from("of a later version")), number(6, 1n)]);
    expect(await get(later)).toMatchObject({ metadata: { name: "x" } });
  });

  test.each([
    ["two metadata", envelope(typeMeta("ConfigMap"), field(2, Buffer.concat([meta(own), meta(other)])))],
    [
      "a name behind other fields",
      envelope(typeMeta("ConfigMap"), field(2, meta(own, number(7, 3n), other))),
    ],
    ["two names", envelope(typeMeta("ConfigMap"), field(2, meta(field(1, Buffer.from("y")), own)))],
  ])("%s: get shows neither", async (_, value) => {
    expect(await get(value)).toBe("its value says twice what it is, and not the same");
  });

  test.each([
    ["two objects", envelope(typeMeta("ConfigMap"), field(2, meta(own)), field(2, meta(other)))],
    ["two kinds", envelope(typeMeta("ConfigMap"), field(2, meta(own)), typeMeta("Secret"))],
    ["other bytes behind it", envelope(typeMeta("ConfigMap"), field(2, meta(own)), Buffer.from("\xff\xff"))],
  ])("%s cannot be read", async (_, value) => {
    expect(await get(value)).toMatch(/^its value is damaged/);
    expect(verifySnapshotSync(write(value))).toMatchObject({ unreadable: { configmaps: 1 } });
  });

  test("two uids of kube-system are no identity of a cluster", () => {
    const uid = (text: string) => field(5, Buffer.from(text));
    const name = field(1, Buffer.from("kube-system"));
    const value = envelope(
      typeMeta("Namespace"),
      field(2, meta(name, uid("one"), number(7, 3n), uid("two"))),
    );
    const file = write(value, "/registry/namespaces/kube-system");
    expect(verifySnapshotSync(file)).toMatchObject({ identity: { kubeSystemUid: null } });
  });

  test("a known field written as another type is damage, not a newer Kubernetes", async () => {
    const value = envelope(typeMeta("ConfigMap"), field(2, Buffer.concat([meta(own), number(2, 5n)])));
    expect(await get(value)).toBe("its bytes are not of v1 ConfigMap");
  });
});

test.each([
  ["one uid", "", "one"],
  ["two uids", ',"metadata":{"name":"kube-system","uid":"two"}', null],
  ["two kinds", ',"kind":"ConfigMap"', null],
  ["damage behind the uid", ',"spec":{', null],
])("kube-system in JSON with %s", (_, rest, kubeSystemUid) => {
  const text = `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system","uid":"one"}${rest}}`;
  const file = write(text, "/registry/namespaces/kube-system");
  expect(verifySnapshotSync(file)).toMatchObject({ identity: { kubeSystemUid } });
});

test("a record with two keys is none of etcd's: who reads a key alone takes the first, the others the last", async () => {
  const [revision, value] = keyPair({ revision: 9n, key, value: "{}" });
  const first = field(1, Buffer.from("/registry/secrets/a/b"));
  for (const twofold of [Buffer.concat([first, value]), Buffer.concat([field(1, Buffer.alloc(0)), value])]) {
    const pairs = [...kubernetesRecords(1).map(keyPair), [revision, twofold] as const];
    const file = writeSnapshot(directory, "keys.db", { records: [], buckets: { key: pairs } });
    for (const verdict of [verifySnapshotSync(file), await listKeys(file), await searchSnapshot(file, "x")])
      expect(verdict).toMatchObject({ valid: false, problem: { code: "content" } });
  }
});

test("two keys that are no UTF-8 and look the same are two", async () => {
  const record = (revision: bigint, byte: number) => {
    const space = Buffer.from([0x64, byte]);
    const text = Buffer.concat([
      Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"'),
      space,
      Buffer.from('"}}'),
    ]);
    const [at] = keyPair({ revision, key, value: "" });
    const fields = keyValue({ revision, key, value: text });
    const keyField = field(1, Buffer.from(key));
    const odd = Buffer.concat([Buffer.from("/registry/configmaps/"), space, Buffer.from("/x")]);
    return [at, Buffer.concat([field(1, odd), fields.subarray(keyField.length)])] as const;
  };
  const pairs = [...kubernetesRecords(1).map(keyPair), record(9n, 0xfe), record(10n, 0xff)];
  const file = writeSnapshot(directory, "odd.db", { records: [], buckets: { key: pairs } });
  const found = await getObject(file, { kind: "configmap", namespace: "d\ufffd", name: "x" });
  expect(found).toMatchObject({ valid: false, problem: { message: expect.stringContaining("holds 2 of") } });
});
