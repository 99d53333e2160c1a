import { type Field, MapField, type Message, Reader, Type } from "protobufjs/light";
import type { Descriptors, FieldRule } from "./descriptors";
import { parseExact } from "./exactJson";
import { type UnknownField, unknownFieldsOf } from "./unknownFields";
import { MOST_VALUES, mayHoldTooMany, TooManyValues } from "./valueLimit";

type Json = Record<string, unknown>;
type Decoded = Message & Readonly<Record<string, unknown>>;

/** Types that write themselves as JSON (`MarshalJSON` in k8s.io/apimachinery), by full name. */
const OWN_JSON: Readonly<Record<string, (message: Decoded) => unknown>> = {
  ".k8s.io.apimachinery.pkg.api.resource.Quantity": (m) => text(m.string) || "0",
  ".k8s.io.apimachinery.pkg.util.intstr.IntOrString": (m) =>
    m.type === 1 || isLong(m.type, 1) ? text(m.strVal) : integer(m.intVal),
  ".k8s.io.apimachinery.pkg.apis.meta.v1.Time": (m) => time(m, 0),
  ".k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime": (m) => time(m, 6),
  ".k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1": (m) => rawJson(m.Raw),
  ".k8s.io.apimachinery.pkg.runtime.RawExtension": (m) => rawJson(m.raw),
};

/** A message as JSON, and what of it is not there. */
export interface WrittenMessage {
  readonly json: Json;
  readonly unknownFields: readonly UnknownField[];
}

/** Decodes a message and writes it as the API server does: the rules are those of the Go types' struct tags. */
export function toJson(descriptors: Descriptors, type: Type, bytes: Uint8Array): WrittenMessage {
  const reader = Reader.create(bytes);
  reader.discardUnknown = false;
  if (mayHoldTooMany(bytes.length)) countFields(reader);
  const message = type.decode(reader) as Decoded;
  return { json: new JsonWriter(descriptors).struct(type, message), unknownFields: unknownFieldsOf(message) };
}

/** Lets a reader throw TooManyValues behind the tags of as many fields. */
function countFields(reader: Reader): void {
  let fields = 0;
  reader.tag = () => {
    if (++fields > MOST_VALUES) throw new TooManyValues();
    return Reader.prototype.tag.call(reader);
  };
}

class JsonWriter {
  constructor(private readonly descriptors: Descriptors) {}

  struct(type: Type, message: Decoded): Json {
    const rules = this.descriptors.rulesOf(type)?.fields ?? {};
    const json: Json = {};
    for (const field of type.fieldsArray) {
      const rule = rules[field.id] ?? { json: field.name, omitEmpty: true, pointer: true };
      if (rule.json === "-") continue;
      const value = this.field(
        field.resolve(),
        rule,
        Object.hasOwn(message, field.name) ? message[field.name] : undefined,
      );
      if (rule.inline === true) Object.assign(json, value);
      else if (value !== undefined) json[rule.json] = value;
    }
    return json;
  }

  /** A field's value; undefined when it is left out. */
  private field(field: Field, rule: FieldRule, value: unknown): unknown {
    if (field instanceof MapField)
      return this.map(field, rule, value as Readonly<Record<string, unknown>> | undefined);
    if (field.repeated) return this.list(field, rule, value as readonly unknown[] | undefined);
    if (field.resolvedType instanceof Type)
      return this.message(field.resolvedType, rule, value as Decoded | undefined);
    if (value === undefined) return rule.omitEmpty ? undefined : rule.pointer ? null : zero(field);
    const written = scalar(value);
    const isEmpty = written === "" || written === 0 || written === false;
    return isEmpty && rule.omitEmpty && !rule.pointer ? undefined : written;
  }

  private message(type: Type, rule: FieldRule, value: Decoded | undefined): unknown {
    if (value === undefined && rule.pointer) return rule.omitEmpty ? undefined : null;
    const written = this.value(type, value ?? (type.create() as Decoded));
    const isList = Array.isArray(written);
    if (isList && written.length === 0 && rule.omitEmpty) return undefined;
    return rule.omitZero && isZero(written) ? undefined : written;
  }

  private list(field: Field, rule: FieldRule, values: readonly unknown[] | undefined): unknown {
    if (values === undefined || values.length === 0) return rule.omitEmpty ? undefined : null;
    return values.map((value) => this.element(field, value));
  }

  private map(field: Field, rule: FieldRule, values: Readonly<Record<string, unknown>> | undefined): unknown {
    const keys = Object.keys(values ?? {});
    if (values === undefined || keys.length === 0) return rule.omitEmpty ? undefined : null;
    return Object.fromEntries(keys.sort().map((key) => [key, this.element(field, values[key])]));
  }

  private element(field: Field, value: unknown): unknown {
    return field.resolvedType instanceof Type
      ? this.value(field.resolvedType, value as Decoded)
      : scalar(value);
  }

  private value(type: Type, message: Decoded): unknown {
    const own = OWN_JSON[type.fullName];
    if (own !== undefined) return own(message);
    if (this.descriptors.rulesOf(type)?.isList !== true) return this.struct(type, message);
    return ((message.items ?? []) as readonly unknown[]).map(scalar);
  }
}

function zero(field: Field): unknown {
  if (field.type === "string") return "";
  if (field.type === "bytes") return null;
  return field.type === "bool" ? false : 0;
}

function isZero(written: unknown): boolean {
  return written === null || (typeof written === "object" && Object.keys(written).length === 0);
}

function scalar(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return typeof value === "object" ? integer(value) : value;
}

/** protobufjs gives 64-bit integers as Long. */
function integer(value: unknown): number | bigint {
  const number = Number(String(value ?? 0));
  return Number.isSafeInteger(number) || !Number.isInteger(number) ? number : BigInt(String(value));
}

function isLong(value: unknown, number: number): boolean {
  return value !== undefined && integer(value) === number;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function rawJson(raw: unknown): unknown {
  if (!(raw instanceof Uint8Array) || raw.length === 0) return null;
  return parseExact(Buffer.from(raw).toString("utf8"));
}

/** RFC 3339 in UTC, with a fixed number of digits behind the point; null for Go's zero time. */
function time(message: Decoded, digits: number): string | null {
  if (!Object.hasOwn(message, "seconds")) return null;
  const date = new Date(Number(integer(message.seconds)) * 1000).toISOString().slice(0, 19);
  const fraction = String(Number(integer(message.nanos)))
    .padStart(9, "0")
    .slice(0, digits);
  return digits === 0 ? `${date}Z` : `${date}.${fraction}Z`;
}
