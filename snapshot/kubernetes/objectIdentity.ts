import { decodeCbor, isCbor } from "./cbor";
import { type Encryption, encryptionOf } from "./encryption";
import { Interner } from "./interner";
import { JsonIdentity } from "./jsonIdentity";
import type { JsonText } from "./jsonText";
import { hasMagic, ProtobufIdentity } from "./protobufIdentity";
import { isRegistryKey, parseRegistryKey, resourceName } from "./registryKey";

/**
 * How a value is stored. `unreadable` lies under the key of an object and is none that can be read; `other` is no
 * Kubernetes object, such as the API server's `compact_rev_key`.
 */
export type Form = "protobuf" | "json" | "cbor" | "encrypted" | "unreadable" | "other";

/** A kind of object, as found in values; equal ones share one entry and one number. */
export interface Kind {
  /** For example `apps/v1`; empty when the value does not say it (encrypted and unreadable values). */
  readonly apiVersion: string;
  /** For example `Deployment`; empty for `other`. */
  readonly kind: string;
  readonly form: Form;
  /** For `encrypted` only. */
  readonly encryption?: Encryption;
  /** As kubectl names it, such as `widgets.example.com`: what the key of an encrypted or unreadable value says. */
  readonly resource?: string;
}

/** Stands for kinds and namespaces beyond the limits, which no cluster reaches. */
export const OTHERS = "(others)";
const MAX_KINDS = 10_000;
const MAX_NAMESPACES = 200_000;
/** Different apiVersions and kinds of objects stored as JSON. */
const MAX_JSON_NAMES = 2 * MAX_KINDS;
const NO_PAIR = -1;
/** Bytes of a `TypeMeta`: limits of Kubernetes are 253 for a group and 63 for a version and for a kind. */
const LONGEST_NAME = 253;
const LONGEST_KIND = 63;
const LONGEST_API_VERSION = LONGEST_NAME + 1 + LONGEST_KIND;

/** The object and its metadata. */
const IDENTITY_LEVELS = 2;

/** Number of "no namespace" in {@link ObjectIdentities.namespaces}: the empty string is interned first. */
export const CLUSTER_SCOPED = 0;

/**
 * Tells what the value under a key is, without decoding more than the head of it. Fills the same fields again and
 * again; kinds and namespaces come out as small numbers.
 */
export class ObjectIdentities {
  readonly kinds: Kind[] = [];
  readonly namespaces = new Interner(MAX_NAMESPACES, LONGEST_NAME);
  /** Index into {@link kinds}. */
  kind = 0;
  /** Number in {@link namespaces}; {@link Interner.REFUSED} beyond its limits. */
  namespace = CLUSTER_SCOPED;
  private readonly kindIds = new Map<string, number>();
  private readonly protobufKinds = new Map<number, number>();
  private readonly protobuf = new ProtobufIdentity();
  private readonly json = new JsonIdentity();
  private readonly jsonNames = new Interner(MAX_JSON_NAMES, LONGEST_API_VERSION);
  /** By {@link pairOf} of apiVersion and kind. */
  private readonly jsonKinds = new Map<number, number>();

  constructor() {
    this.namespaces.idOf(Buffer.alloc(0), 0, 0);
  }

  /** Identifies the value in `[valueStart, valueEnd)`, stored under the key in `[keyStart, keyEnd)`. */
  identify(bytes: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    const first = valueEnd > valueStart ? bytes[valueStart] : -1;
    if (first === 0x6b && this.protobuf.read(bytes, valueStart, valueEnd) && this.fromProtobuf(bytes)) return;
    if (first === 0x7b && this.json.read(bytes, valueStart, valueEnd) && this.fromJson(bytes)) return;
    this.fromRest(bytes.subarray(keyStart, keyEnd), bytes.subarray(valueStart, valueEnd));
  }

  /** Name and uid of the object identified last; undefined where the value does not say it. */
  details(bytes: Buffer): { name: string | undefined; uid: string | undefined } {
    const form = this.kinds[this.kind]?.form;
    if (form === "protobuf") return this.protobuf.details(bytes);
    if (form === "json") return { name: this.json.name.toText(), uid: this.json.uid.toText() };
    return { name: this.restName, uid: this.restUid };
  }

  /** Whether the object identified last, in JSON, says twice what it is; protobuf then has no {@link details}. */
  isTwofold(): boolean {
    return this.kinds[this.kind]?.form === "json" && this.json.isTwofold();
  }

  /** Where the object identified last begins and ends in its envelope, where it is protobuf. */
  get rawStart(): number {
    return this.protobuf.rawStart;
  }

  get rawEnd(): number {
    return this.protobuf.rawEnd;
  }

  private restName: string | undefined;
  private restUid: string | undefined;

  private fromProtobuf(bytes: Buffer): boolean {
    const { typeMeta } = this.protobuf;
    let kind = this.protobufKinds.get(typeMeta);
    if (kind === undefined) {
      const found = this.protobuf.kindOf(typeMeta);
      if (!isKind(found)) return false;
      kind = this.kindId({ ...found, form: "protobuf" });
      this.protobufKinds.set(typeMeta, kind);
    }
    this.kind = kind;
    this.namespace = this.namespaces.idOf(bytes, this.protobuf.namespaceStart, this.protobuf.namespaceEnd);
    return true;
  }

  private fromJson(bytes: Buffer): boolean {
    const kind = this.jsonKind(bytes);
    if (kind === undefined) return false;
    const { namespace } = this.json;
    this.kind = kind;
    this.namespace =
      namespace.start < 0 || namespace.isPlain
        ? this.namespaces.idOf(bytes, Math.max(0, namespace.start), Math.max(0, namespace.end))
        : this.intern(namespace.toText() ?? "");
    return true;
  }

  /** Of the thousands of objects of one kind, only the first is turned into text. */
  private jsonKind(bytes: Buffer): number | undefined {
    const pair = this.pairOf(bytes, this.json.apiVersion, this.json.kind);
    const known = this.jsonKinds.get(pair);
    if (known !== undefined) return known;
    const found = { apiVersion: this.json.apiVersion.toText() ?? "", kind: this.json.kind.toText() ?? "" };
    if (!isKind(found)) return undefined;
    const kind = this.kindId({ ...found, form: "json" });
    if (pair !== NO_PAIR) this.jsonKinds.set(pair, kind);
    return kind;
  }

  /** One number of two strings as they lie in the bytes; {@link NO_PAIR} where one has escapes, or there are too many. */
  private pairOf(bytes: Buffer, first: JsonText, second: JsonText): number {
    if (!first.isPlain || !second.isPlain) return NO_PAIR;
    const [a, b] = [
      this.jsonNames.idOf(bytes, first.start, first.end),
      this.jsonNames.idOf(bytes, second.start, second.end),
    ];
    return a === Interner.REFUSED || b === Interner.REFUSED ? NO_PAIR : a * MAX_JSON_NAMES + b;
  }

  private fromRest(key: Buffer, value: Buffer): void {
    this.restName = this.restUid = undefined;
    const hasCbor = isCbor(value);
    const encryption = encryptionOf(value);
    if (encryption !== undefined) this.fromKey(key, { form: "encrypted", encryption });
    else if (hasCbor && this.fromCbor(value)) return;
    else if (isRegistryKey(key.toString("utf8"), hasCbor || hasMagic(value))) {
      this.fromKey(key, { form: "unreadable" });
    } else {
      this.kind = this.kindId({ apiVersion: "", kind: "", form: "other" });
      this.namespace = CLUSTER_SCOPED;
    }
  }

  private fromKey(key: Buffer, form: Pick<Kind, "form" | "encryption">): void {
    const location = parseRegistryKey(key.toString("utf8"));
    const isLong = location.kind.length > LONGEST_API_VERSION;
    const named = isLong ? OTHERS_BY_KEY : { kind: location.kind, resource: resourceName(location) };
    this.kind = this.kindId({ apiVersion: "", ...named, ...form });
    this.namespace = this.intern(location.namespace ?? "");
    this.restName = location.name;
  }

  private fromCbor(value: Buffer): boolean {
    const object = decodeCbor(value, IDENTITY_LEVELS);
    const kind = textIn(object, "kind");
    const apiVersion = textIn(object, "apiVersion");
    if (kind === undefined || apiVersion === undefined || !isKind({ apiVersion, kind })) return false;
    const metadata = (object as Record<string, unknown>).metadata;
    this.kind = this.kindId({ apiVersion, kind, form: "cbor" });
    this.namespace = this.intern(textIn(metadata, "namespace") ?? "");
    this.restName = textIn(metadata, "name");
    this.restUid = textIn(metadata, "uid");
    return true;
  }

  private intern(text: string): number {
    const bytes = Buffer.from(text);
    return this.namespaces.idOf(bytes, 0, bytes.length);
  }

  private kindId(kind: Kind): number {
    const { form, apiVersion, encryption, resource } = kind;
    const { provider, version, keyName } = encryption ?? {};
    const text = [form, apiVersion, kind.kind, resource, provider, version, keyName].join("\n");
    const known = this.kindIds.get(text);
    if (known !== undefined) return known;
    if (this.kinds.length >= MAX_KINDS && kind !== TOO_MANY) return this.kindId(TOO_MANY);
    const id = this.kinds.push(kind) - 1;
    this.kindIds.set(text, id);
    return id;
  }
}

const OTHERS_BY_KEY = { kind: OTHERS, resource: OTHERS };
const TOO_MANY: Kind = { apiVersion: "", form: "unreadable", ...OTHERS_BY_KEY };

/** Whether an object may say so of itself. */
function isKind({ apiVersion, kind }: Pick<Kind, "apiVersion" | "kind">): boolean {
  return (
    apiVersion !== "" &&
    kind !== "" &&
    apiVersion.length <= LONGEST_API_VERSION &&
    kind.length <= LONGEST_KIND
  );
}

function textIn(from: unknown, field: string): string | undefined {
  const found =
    from !== null && typeof from === "object" && Object.hasOwn(from, field)
      ? (from as Record<string, unknown>)[field]
      : undefined;
  return typeof found === "string" ? found : undefined;
}
