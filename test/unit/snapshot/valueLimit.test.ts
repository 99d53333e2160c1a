import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { writeObject } from "../../../automation/snapshot/writeObject";
import { getObject } from "../../../snapshot";
import { SnapshotFile } from "../../../snapshot/file/snapshotFile";
import { readFrames } from "../../../snapshot/file/zstdFrames";
import { checkJsonValues, MOST_VALUES, TooManyValues } from "../../../snapshot/kubernetes/valueLimit";
import { field } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

/** What a small file can make of memory and time is bounded. */
const directory = scratchDirectory();
afterAll(() => {
  vi.restoreAllMocks();
  fs.rmSync(directory, { recursive: true });
});

const json = (data: string) =>
  Buffer.from(
    `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"default"},"data":${data}}`,
  );
const named = field(1, Buffer.concat([field(1, Buffer.from("x")), field(3, Buffer.from("default"))]));
const typeMeta = Buffer.concat([field(1, Buffer.from("v1")), field(2, Buffer.from("Pod"))]);
/** A Pod with so many volumes, of two bytes each. */
const protobuf = (volumes: number) => {
  const spec = field(2, Buffer.alloc(volumes * 2, Buffer.from([0x0a, 0])));
  return Buffer.concat([Buffer.from("k8s\0"), field(1, typeMeta), field(2, Buffer.concat([named, spec]))]);
};

test.each([
  ["JSON", json(`[${"{},".repeat(MOST_VALUES)}{}]`)],
  ["protobuf", protobuf(MOST_VALUES + 1)],
])(
  "an object of more values than any has is not decoded from %s",
  async (_, value) => {
    const records = [...kubernetesRecords(1), { revision: 9n, key: "/registry/pods/default/x", value }];
    const file = writeSnapshot(directory, "many.db", { records });
    const found = await getObject(file, { kind: "pod", namespace: "default", name: "x" });
    expect(found).toMatchObject({ valid: true, reason: `it holds more than ${MOST_VALUES} values` });
  },
  60_000,
);

test("what stands in strings is no value, and an empty list is one", () => {
  const text = JSON.stringify('[{,\\"'.repeat(MOST_VALUES));
  expect(() => checkJsonValues(json(text))).not.toThrow();
  const lists = Array(MOST_VALUES - 7).fill("[ ]");
  expect(() => checkJsonValues(json(JSON.stringify(lists).replaceAll('"', "")))).not.toThrow();
  expect(() => checkJsonValues(json(`[${text}${",1".repeat(MOST_VALUES)}]`))).toThrow(TooManyValues);
}, 60_000);

test("YAML of very many values is not written, and the format that takes them is named", () => {
  const object = { metadata: {}, data: Array.from({ length: 200_000 }, (_, i) => i) };
  expect(writeObject(object, "yaml", true)).toEqual({
    reason: "it holds more than 200000 values, too many for YAML: ask for -o json",
  });
  expect(writeObject({ ...object, n: 2n ** 60n }, "json", true)).toMatchObject({
    text: expect.stringContaining(`"n": ${2n ** 60n}`),
  });
});

test("of a zstd file of the smallest blocks many heads are read at once", () => {
  const file = path.join(directory, "blocks.zst");
  const [frame, blocks, last] = [Buffer.from("28b52ffd0058", "hex"), Buffer.alloc(300_000), [1, 0, 0]];
  fs.writeFileSync(file, Buffer.concat([frame, blocks, Buffer.from(last)]));
  const opened = SnapshotFile.open(file);
  if ("code" in opened) throw new Error(opened.message);
  const read = vi.spyOn(opened, "readInto");
  expect(readFrames(opened)).toEqual({ isOne: true });
  expect(read.mock.calls.length).toBeLessThan(20);
  opened.close();
});
