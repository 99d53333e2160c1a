import type { Pair } from "./boltWriter";

/** One revision of one key, as etcd's `key` bucket holds it. */
export interface TestRecord {
  readonly revision: bigint;
  readonly sub?: number;
  readonly key: string;
  /** Undefined for a tombstone. */
  readonly value?: Buffer | string;
  readonly created?: bigint;
  readonly version?: number;
  readonly lease?: bigint;
}

/** The pair of the `key` bucket for a record. */
export function keyPair(record: TestRecord): Pair {
  const key = Buffer.alloc(record.value === undefined ? 18 : 17);
  key.writeBigUInt64BE(record.revision, 0);
  key[8] = 0x5f;
  key.writeBigUInt64BE(BigInt(record.sub ?? 0), 9);
  if (record.value === undefined) key[17] = 0x74;
  return [key, keyValue(record)];
}

/** `mvccpb.KeyValue` of a record. */
export function keyValue({ revision, key, value, created, version, lease }: TestRecord): Buffer {
  if (value === undefined) return field(1, Buffer.from(key));
  return Buffer.concat([
    field(1, Buffer.from(key)),
    number(2, created ?? revision),
    number(3, revision),
    number(4, BigInt(version ?? 1)),
    field(5, Buffer.from(value as Buffer)),
    lease === undefined ? Buffer.alloc(0) : number(6, lease),
  ]);
}

/** An object in Kubernetes' protobuf envelope with nothing but metadata, padded by an annotation. */
export function protobufObject(
  type: { readonly apiVersion: string; readonly kind: string },
  meta: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly padding?: Buffer;
  },
): Buffer {
  const objectMeta = Buffer.concat([
    field(1, Buffer.from(meta.name)),
    meta.namespace === undefined ? Buffer.alloc(0) : field(3, Buffer.from(meta.namespace)),
    meta.uid === undefined ? Buffer.alloc(0) : field(5, Buffer.from(meta.uid)),
    meta.padding === undefined
      ? Buffer.alloc(0)
      : field(12, Buffer.concat([field(1, Buffer.from("padding")), field(2, meta.padding)])),
  ]);
  const typeMeta = Buffer.concat([field(1, Buffer.from(type.apiVersion)), field(2, Buffer.from(type.kind))]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, typeMeta), field(2, field(1, objectMeta))]);
}

/** A length-delimited field of a protobuf message. */
export function field(id: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((id << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

/** A varint field of a protobuf message. */
export function number(id: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(id << 3)), varint(value)]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
