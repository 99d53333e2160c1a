import type { KeyRecord } from "../mvcc/keyRecord";
import { decodeCbor } from "./cbor";
import { Descriptors } from "./descriptors";
import { describeEncryption, type Encryption } from "./encryption";
import { parseExact } from "./exactJson";
import { Interner } from "./interner";
import { type Kind, ObjectIdentities } from "./objectIdentity";
import { toJson } from "./protobufJson";
import type { UnknownField } from "./unknownFields";
import { checkJsonValues, TooManyValues } from "./valueLimit";

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
  const decoded = decodeBounded(kind, value, bytes.subarray(identities.rawStart, identities.rawEnd));
  return (kind.form === "json" || kind.form === "protobuf") && isTwofold(decoded, kind, identities, bytes)
    ? { reason: "its value says twice what it is, and not the same" }
    : decoded;
}

/** Keys of JSON and fields of protobuf may be repeated: the identity is that of the first, a parser keeps the last. */
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

function decodeBounded(kind: Kind, value: Buffer, raw: Buffer): DecodedValue {
  try {
    return decodeForm(kind, value, raw);
  } catch (error) {
    if (error instanceof TooManyValues) return { reason: error.message };
    throw error;
  }
}

/** @param raw of a value in protobuf, the object itself */
function decodeForm(kind: Kind, value: Buffer, raw: Buffer): DecodedValue {
  switch (kind.form) {
    case "protobuf":
      return decodeProtobuf(kind, raw);
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

function decodeProtobuf({ apiVersion, kind }: Kind, raw: Buffer): DecodedValue {
  const descriptors = Descriptors.load();
  if (descriptors === undefined) {
    return {
      reason:
        "this installation has no descriptors of the built-in kinds (made by `npm run generate`, which needs Go)",
    };
  }
  const type = descriptors.typeOf(apiVersion, kind);
  if (type === undefined) return { reason: `${apiVersion} ${kind} is not a built-in kind of this version` };
  try {
    const { json, unknownFields } = toJson(descriptors, type, raw);
    const object = { apiVersion, kind, ...json };
    return unknownFields.length === 0 ? { object } : { object, unknownFields };
  } catch (error) {
    if (error instanceof TooManyValues) throw error;
    return { reason: `its bytes are not of ${apiVersion} ${kind}` };
  }
}

function parse(value: Buffer): DecodedValue {
  checkJsonValues(value);
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
