import type { KeyRecord } from "../mvcc/keyRecord";
import { decodeCbor } from "./cbor";
import { Descriptors } from "./descriptors";
import { describeEncryption, type Encryption } from "./encryption";
import { parseExact } from "./exactJson";
import { Interner } from "./interner";
import { type Kind, ObjectIdentities } from "./objectIdentity";
import { rawOf } from "./protobufIdentity";
import { toJson } from "./protobufJson";
import type { UnknownField } from "./unknownFields";

/** An object as the API server would show it, or why it cannot be shown. */
export type DecodedValue =
  | {
      readonly object: Readonly<Record<string, unknown>>;
      readonly reason?: undefined;
      /** What is stored and not in the object. */
      readonly unknownFields?: readonly UnknownField[];
    }
  | { readonly object?: undefined; readonly reason: string; readonly unknownFields?: undefined };

/**
 * Decodes the value of a record.
 * @param identities given by callers that decode many.
 */
export function decodeValue(record: KeyRecord, identities = new ObjectIdentities()): DecodedValue {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = record;
  identities.identify(bytes, keyStart, keyEnd, valueStart, valueEnd);
  const kind = identities.kinds[identities.kind] as Kind;
  const value = bytes.subarray(valueStart, valueEnd);
  const decoded = decodeForm(kind, value);
  return kind.form === "json" && isTwofold(decoded, kind, identities, bytes)
    ? { reason: "its JSON says twice what it is, and not the same" }
    : decoded;
}

/** Keys may be repeated in JSON: the identity is that of the first, a parser keeps the last. */
function isTwofold(
  { object }: DecodedValue,
  { kind, apiVersion }: Kind,
  identities: ObjectIdentities,
  bytes: Buffer,
): boolean {
  if (object === undefined) return false;
  const metadata = (object.metadata ?? {}) as Readonly<Record<string, unknown>>;
  const { name } = identities.details(bytes);
  const namespace = identities.namespaces.text(identities.namespace);
  const isSame = (found: unknown, told: string) => (typeof found === "string" ? found : "") === told;
  return !(
    object.kind === kind &&
    object.apiVersion === apiVersion &&
    isSame(metadata.name, name ?? "") &&
    (identities.namespace === Interner.REFUSED || isSame(metadata.namespace, namespace))
  );
}

function decodeForm(kind: Kind, value: Buffer): DecodedValue {
  switch (kind.form) {
    case "protobuf":
      return decodeProtobuf(kind, value);
    case "json":
      return parse(value);
    case "cbor":
      return asObject(decodeCbor(value));
    case "encrypted":
      return { reason: `it is encrypted with ${describeEncryption(kind.encryption as Encryption)}` };
    case "unreadable":
      return { reason: "its value is damaged, or written in a way that this program does not know" };
    default:
      return { reason: "it is not a Kubernetes object" };
  }
}

function decodeProtobuf({ apiVersion, kind }: Kind, value: Buffer): DecodedValue {
  const descriptors = Descriptors.load();
  if (descriptors === undefined) {
    return {
      reason:
        "this installation has no descriptors of the built-in kinds (made by `npm run generate`, which needs Go)",
    };
  }
  const type = descriptors.typeOf(apiVersion, kind);
  const raw = rawOf(value);
  if (type === undefined || raw === undefined)
    return { reason: `${apiVersion} ${kind} is not a built-in kind of this version` };
  try {
    const { json, unknownFields } = toJson(descriptors, type, raw);
    const object = { apiVersion, kind, ...json };
    return unknownFields.length === 0 ? { object } : { object, unknownFields };
  } catch {
    return { reason: `its bytes are not of ${apiVersion} ${kind}` };
  }
}

function parse(value: Buffer): DecodedValue {
  try {
    return asObject(parseExact(value.toString("utf8")));
  } catch (error) {
    return { reason: error instanceof RangeError ? "it is nested too deeply" : "its JSON is damaged" };
  }
}

function asObject(decoded: unknown): DecodedValue {
  if (decoded === null || typeof decoded !== "object" || Array.isArray(decoded))
    return { reason: "it is not an object" };
  return { object: decoded as Record<string, unknown> };
}
