import { BoltWriter, type Pair } from "../test/support/boltWriter";
import { keyPair, protobufObject } from "../test/support/etcdRecords";

/** How large a generated store is, and which of two generations of it. */
export interface StoreShape {
  /** Bytes of the finished file, about. */
  readonly bytes: number;
  /** The second generation goes on where the first ends: objects are changed, added and deleted. */
  /** Live keys, each with a value as large as `bytes` allow. Default: as many as values of usual sizes make. */
  readonly keys?: number;
  /** One page of so many is free, so that two stores that differ in it have nothing in the same place. Default 50. */
  readonly freeEvery?: number;
  readonly later?: { readonly changed: number; readonly added: number; readonly deleted: number };
}

/** Sizes of values in bytes, and how many of 100 have them: mostly objects with managedFields. */
const SIZES: readonly [share: number, from: number, to: number][] = [
  [27, 200, 1024],
  [6, 1024, 2048],
  [27, 2048, 4096],
  [40, 4096, 8192],
];
/** With its share of the pages. */
const MEAN_RECORD_BYTES = 4840;
/** Of all records; the others are older revisions. */
const LIVE = 0.75;
const NAMESPACES = 40;
const KINDS: readonly [share: number, apiVersion: string, kind: string, resource: string][] = [
  [30, "v1", "Pod", "pods"],
  [20, "v1", "ConfigMap", "configmaps"],
  [15, "v1", "Secret", "secrets"],
  [10, "v1", "Event", "events"],
  [10, "coordination.k8s.io/v1", "Lease", "leases"],
  [15, "example.com/v1", "Widget", "example.com/widgets"],
];

/** Writes a store of Kubernetes-shaped objects, the same for the same shape. */
export function writeStore(path: string, shape: StoreShape): void {
  const writer = new BoltWriter(path, { freeEvery: shape.freeEvery ?? 50 });
  const index = Buffer.alloc(8);
  index.writeBigUInt64BE(1000n);
  writer.bucket("alarm", []);
  writer.bucket("auth", []);
  writer.bucket("cluster", [[Buffer.from("clusterVersion"), Buffer.from("3.6.0")]]);
  writer.bucket("key", records(shape));
  writer.bucket("lease", []);
  writer.bucket("members", []);
  writer.bucket("meta", [
    [Buffer.from("consistent_index"), index],
    [Buffer.from("storageVersion"), Buffer.from("3.6.0")],
  ]);
  writer.close();
}

function* records({ bytes, keys, later }: StoreShape): Generator<Pair> {
  const random = new Random(7);
  const total = Math.floor(keys === undefined ? bytes / MEAN_RECORD_BYTES : keys / LIVE);
  const objects = Math.floor(total * LIVE);
  const scale = bytes / total / MEAN_RECORD_BYTES;
  const versions = new Uint32Array(objects);
  let revision = 1n;
  const put = (object: number) => {
    revision++;
    const version = (versions[object] ?? 0) + 1;
    if (object < objects) versions[object] = version;
    const { key, value } = makeObject(object, random, scale);
    return keyPair({ revision, created: version === 1 ? revision : 2n, version, key, value });
  };
  yield keyPair({ revision: ++revision, key: "/registry/namespaces/kube-system", value: kubeSystem() });
  for (let i = 0; i < total; i++) yield put(i < objects ? i : random.below(objects));
  for (let i = 0; i < (later?.changed ?? 0); i++) yield put((i * 7) % objects);
  for (let i = 0; i < (later?.added ?? 0); i++) yield put(objects + i);
  for (let i = 0; i < (later?.deleted ?? 0); i++) {
    yield keyPair({ revision: ++revision, key: makeObject(i * 7 + 1, random).key });
  }
}

function kubeSystem(): Buffer {
  const uid = "00000000-0000-4000-8000-000000000001";
  return protobufObject({ apiVersion: "v1", kind: "Namespace" }, { name: "kube-system", uid });
}

const padding = Buffer.alloc(1 << 20);

/** @param scale of the usual sizes */
function makeObject(object: number, random: Random, scale = 1): { key: string; value: Buffer } {
  const [, apiVersion, kind, resource] = pick(KINDS, object % 100);
  const namespace = `team-${object % NAMESPACES}`;
  const name = `${kind.toLowerCase()}-${object}-7f9c4b5d6`;
  const uid = `00000000-0000-4000-9000-${object.toString(16).padStart(12, "0")}`;
  const [, from, to] = pick(SIZES, random.below(100));
  const size = Math.floor((from + random.below(to - from)) * scale);
  const at = random.below(padding.length - size);
  const meta = { name, namespace, uid, padding: padding.subarray(at, at + size) };
  const isCustom = resource.includes("/");
  return {
    key: `/registry/${resource}/${namespace}/${name}`,
    value: isCustom ? customResource(apiVersion, kind, meta) : protobufObject({ apiVersion, kind }, meta),
  };
}

function customResource(
  apiVersion: string,
  kind: string,
  meta: { name: string; namespace: string; uid: string; padding: Buffer },
): Buffer {
  const { padding: note, ...metadata } = meta;
  const managedFields = [{ manager: "bench", operation: "Update", time: "2026-01-01T00:00:00Z" }];
  const object = {
    apiVersion,
    kind,
    metadata: { ...metadata, managedFields },
    spec: { note: note.toString("latin1") },
  };
  return Buffer.from(JSON.stringify(object));
}

function pick<T extends readonly [number, ...unknown[]]>(table: readonly T[], percent: number): T {
  let rest = percent;
  for (const row of table) {
    rest -= row[0];
    if (rest < 0) return row;
  }
  throw new Error("shares do not add up to 100");
}

/** A linear congruential generator: equal input, equal store. */
class Random {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 0x1_0000_0000) * limit);
  }
}

const letters = new Random(1);
for (let i = 0; i < padding.length; i++) padding[i] = 0x61 + letters.below(26);
