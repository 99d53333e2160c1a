import { Reader } from "protobufjs/light";
import { Interner } from "./interner";

/** `k8s\0`, the prefix of `k8s.io/apimachinery/pkg/runtime/serializer/protobuf`. */
const MAGIC = Buffer.from("k8s\0");
/** A `TypeMeta` is two short texts; kinds are hundreds at most. */
const LONGEST_TYPE_META = 512;
const MAX_TYPE_METAS = 20_000;
/** Tags (field number and wire type 2, a length) of `runtime.Unknown`, `TypeMeta` and `ObjectMeta`. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;
const OBJECT_META_NAMESPACE = 0x1a;
const OBJECT_META_UID = 0x2a;
/** Wire types of numbers: a varint, 8 and 4 bytes. */
const NUMBERS = [0, 1, 5];
const NAMING = [FIELD_1, OBJECT_META_NAMESPACE, OBJECT_META_UID];

/**
 * The identity of an object in Kubernetes' protobuf envelope: `k8s\0`, then `runtime.Unknown`
 * {1 TypeMeta {1 apiVersion, 2 kind}, 2 raw}; field 1 of raw is `ObjectMeta` {1 name, 3 namespace, 5 uid}
 * (generated.proto of k8s.io/apimachinery/pkg/runtime and pkg/apis/meta/v1).
 */
export class ProtobufIdentity {
  /** Number of the TypeMeta found; equal ones share it. */
  typeMeta = 0;
  /** Where `raw`, the object itself, begins and ends. */
  rawStart = 0;
  rawEnd = 0;
  namespaceStart = 0;
  namespaceEnd = 0;
  private nameStart = 0;
  private nameEnd = 0;
  private uidStart = 0;
  private uidEnd = 0;
  private readonly typeMetas = new Interner(MAX_TYPE_METAS, LONGEST_TYPE_META);
  private at = 0;

  /** Reads the envelope in `[start, end)`; false when it is none. */
  read(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < MAGIC.length + 2) return false;
    if (bytes[start + 1] !== 0x38 || bytes[start + 2] !== 0x73 || bytes[start + 3] !== 0) return false;
    this.at = start + MAGIC.length;
    if (bytes[this.at] !== FIELD_1) return false;
    const typeMetaEnd = this.enter(bytes, end);
    if (typeMetaEnd < 0) return false;
    this.typeMeta = this.typeMetas.idOf(bytes, this.at, typeMetaEnd);
    if (this.typeMeta === Interner.REFUSED) return false;
    this.at = typeMetaEnd;
    this.namespaceStart = this.namespaceEnd = this.nameStart = this.nameEnd = this.uidStart = this.uidEnd = 0;
    this.rawStart = this.rawEnd = this.at;
    if (bytes[this.at] !== FIELD_2) return true;
    const rawEnd = this.enter(bytes, end);
    if (rawEnd < 0) return false;
    this.rawStart = this.at;
    this.rawEnd = rawEnd;
    if (!this.endsWell(bytes, rawEnd, end)) return false;
    this.at = this.rawStart;
    return bytes[this.at] !== FIELD_1 || rawEnd === this.at || this.readObjectMeta(bytes, rawEnd);
  }

  /** apiVersion and kind of a TypeMeta. */
  kindOf(typeMeta: number): { apiVersion: string; kind: string } {
    const bytes = this.typeMetas.bytesOf(typeMeta);
    const found = { apiVersion: "", kind: "" };
    this.at = 0;
    while (this.at < bytes.length) {
      const tag = bytes[this.at];
      const end = this.enter(bytes, bytes.length);
      if (end < 0) break;
      if (tag === FIELD_1) found.apiVersion = bytes.toString("utf8", this.at, end);
      if (tag === FIELD_2) found.kind = bytes.toString("utf8", this.at, end);
      this.at = end;
    }
    return found;
  }

  /** Name and uid; neither where the object says twice what it is: then it is who reads it that decides. */
  details(bytes: Buffer): { name: string | undefined; uid: string | undefined } {
    if (this.isTwofold(bytes)) return { name: undefined, uid: undefined };
    const text = (start: number, end: number) =>
      end > start ? bytes.toString("utf8", start, end) : undefined;
    return { name: text(this.nameStart, this.nameEnd), uid: text(this.uidStart, this.uidEnd) };
  }

  /** Whether there is no second type or object behind `raw`: only encoding and type of the content, or what comes one day. */
  private endsWell(bytes: Buffer, rawEnd: number, end: number): boolean {
    for (this.at = rawEnd; this.at < end; ) {
      const tag = bytes[this.at] ?? 0;
      if ((tag & 7) !== 2) return NUMBERS.includes(tag & 7);
      const fieldEnd = this.enter(bytes, end);
      if (tag === FIELD_1 || tag === FIELD_2 || fieldEnd < 0) return false;
      this.at = fieldEnd;
    }
    return true;
  }

  /** Whether one of these texts occurs where {@link readObjectMeta} has not found it: a decoder keeps the last one. */
  private isTwofold(bytes: Buffer): boolean {
    const found = [this.nameStart, this.namespaceStart, this.uidStart];
    return someField(bytes, this.rawStart, this.rawEnd, (tag, start, end) => {
      if (tag !== FIELD_1) return false;
      return someField(bytes, start, end, (inner, at) => NAMING.includes(inner) && !found.includes(at));
    });
  }

  /** False when it does not end where it should. */
  private readObjectMeta(bytes: Buffer, rawEnd: number): boolean {
    const end = this.enter(bytes, rawEnd);
    if (end < 0) return false;
    // name, generateName, namespace, selfLink and uid come first, in this order; the rest is of no interest here
    while (this.at < end) {
      const tag = bytes[this.at] ?? 0;
      if (tag > OBJECT_META_UID || (tag & 7) !== 2) return true;
      const fieldEnd = this.enter(bytes, end);
      if (fieldEnd < 0) return false;
      if (tag === FIELD_1) {
        this.nameStart = this.at;
        this.nameEnd = fieldEnd;
      } else if (tag === OBJECT_META_NAMESPACE) {
        this.namespaceStart = this.at;
        this.namespaceEnd = fieldEnd;
      } else if (tag === OBJECT_META_UID) {
        this.uidStart = this.at;
        this.uidEnd = fieldEnd;
      }
      this.at = fieldEnd;
    }
    return true;
  }

  /** Steps over the tag at `at` and the length behind it; answers where that field ends, -1 when beyond `limit`. */
  private enter(bytes: Buffer, limit: number): number {
    let at = this.at + 1;
    let length = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= limit) return -1;
      const byte = bytes[at++] ?? 0;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        this.at = at;
        return at + length <= limit ? at + length : -1;
      }
    }
    return -1;
  }
}

/** Whether one of the texts and messages in a message fits; also true of what is no message. */
function someField(
  bytes: Buffer,
  start: number,
  end: number,
  fits: (tag: number, start: number, end: number) => boolean,
): boolean {
  const reader = Reader.create(bytes.subarray(start, end));
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const at = start + reader.pos;
      reader.skipType(tag & 7);
      const isLong = (tag & 7) === 2;
      if (isLong && fits(tag, at + lengthBytes(bytes, at), start + reader.pos)) return true;
    }
    return false;
  } catch {
    return true;
  }
}

/** Of a length, a varint. */
function lengthBytes(bytes: Buffer, at: number): number {
  let n = 1;
  while ((bytes[at + n - 1] ?? 0) >= 0x80) n++;
  return n;
}

/** Whether a value begins as the envelope does. */
export function hasMagic(value: Buffer): boolean {
  return value.subarray(0, MAGIC.length).equals(MAGIC);
}
