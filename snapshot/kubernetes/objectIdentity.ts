import { decodeCbor, isCbor } from "./cbor";
import { encryptionOf, isEncrypted } from "./encryption";
import { Interner } from "./interner";
import { JsonIdentity } from "./jsonIdentity";
import { ProtobufIdentity } from "./protobufIdentity";
import { parseRegistryKey } from "./registryKey";

/** How a value is stored. `other` is no Kubernetes object, such as the API server's `compact_rev_key`. */
export type Form = "protobuf" | "json" | "cbor" | "encrypted" | "other";

/** A kind of object, as found in values; equal ones share one entry and one number. */
export interface Kind {
  /** For example `apps/v1`; empty when the value does not say it (encrypted values). */
  readonly apiVersion: string;
  /** For example `Deployment`; empty for `other`. */
  readonly kind: string;
  readonly form: Form;
  /** Name of the encryption provider and its key, for `encrypted` only. */
  readonly encryption?: { readonly provider: string; readonly keyName: string };
}

/** Number of "no namespace" in {@link ObjectIdentities.namespaces}: the empty string is interned first. */
export const CLUSTER_SCOPED = 0;

/**
 * Tells what the value under a key is, without decoding more than the head of it. Fills the same fields again and
 * again; kinds and namespaces come out as small numbers.
 */
export class ObjectIdentities {
  readonly kinds: Kind[] = [];
  readonly namespaces = new Interner();
  /** Index into {@link kinds}. */
  kind = 0;
  /** Number in {@link namespaces}. */
  namespace = CLUSTER_SCOPED;
  private readonly kindIds = new Map<string, number>();
  private readonly protobufKinds = new Map<number, number>();
  private readonly protobuf = new ProtobufIdentity();
  private readonly json = new JsonIdentity();

  constructor() {
    this.namespaces.idOf(Buffer.alloc(0), 0, 0);
  }

  /** Identifies the value in `[valueStart, valueEnd)`, stored under the key in `[keyStart, keyEnd)`. */
  identify(bytes: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    const first = valueEnd > valueStart ? bytes[valueStart] : -1;
    if (first === 0x6b && this.protobuf.read(bytes, valueStart, valueEnd)) this.fromProtobuf(bytes);
    else if (first === 0x7b && this.json.read(bytes, valueStart, valueEnd)) this.fromJson();
    else this.fromRest(bytes.subarray(keyStart, keyEnd), bytes.subarray(valueStart, valueEnd));
  }

  /** Name and uid of the object identified last; undefined where the value does not say it. */
  details(bytes: Buffer): { name: string | undefined; uid: string | undefined } {
    const form = this.kinds[this.kind]?.form;
    if (form === "protobuf") return this.protobuf.details(bytes);
    if (form === "json") return { name: this.json.name, uid: this.json.uid };
    return { name: this.restName, uid: this.restUid };
  }

  private restName: string | undefined;
  private restUid: string | undefined;

  private fromProtobuf(bytes: Buffer): void {
    const { typeMeta } = this.protobuf;
    let kind = this.protobufKinds.get(typeMeta);
    if (kind === undefined) {
      kind = this.kindId({ ...this.protobuf.kindOf(typeMeta), form: "protobuf" });
      this.protobufKinds.set(typeMeta, kind);
    }
    this.kind = kind;
    this.namespace = this.namespaces.idOf(bytes, this.protobuf.namespaceStart, this.protobuf.namespaceEnd);
  }

  private fromJson(): void {
    this.kind = this.kindId({ apiVersion: this.json.apiVersion, kind: this.json.kind, form: "json" });
    this.namespace = this.intern(this.json.namespace ?? "");
  }

  private fromRest(key: Buffer, value: Buffer): void {
    this.restName = this.restUid = undefined;
    if (isEncrypted(value)) this.fromEncrypted(key, value);
    else if (!isCbor(value) || !this.fromCbor(value)) {
      this.kind = this.kindId({ apiVersion: "", kind: "", form: "other" });
      this.namespace = CLUSTER_SCOPED;
    }
  }

  private fromEncrypted(key: Buffer, value: Buffer): void {
    const location = parseRegistryKey(key.toString("utf8"));
    this.kind = this.kindId({
      apiVersion: "",
      kind: location.kind,
      form: "encrypted",
      encryption: encryptionOf(value),
    });
    this.namespace = this.intern(location.namespace ?? "");
    this.restName = location.name;
  }

  private fromCbor(value: Buffer): boolean {
    const object = decodeCbor(value);
    const text = (from: unknown, field: string): string | undefined => {
      const found =
        from !== null && typeof from === "object" ? (from as Record<string, unknown>)[field] : undefined;
      return typeof found === "string" ? found : undefined;
    };
    const kind = text(object, "kind");
    const apiVersion = text(object, "apiVersion");
    if (kind === undefined || apiVersion === undefined) return false;
    const metadata = (object as Record<string, unknown>).metadata;
    this.kind = this.kindId({ apiVersion, kind, form: "cbor" });
    this.namespace = this.intern(text(metadata, "namespace") ?? "");
    this.restName = text(metadata, "name");
    this.restUid = text(metadata, "uid");
    return true;
  }

  private intern(text: string): number {
    const bytes = Buffer.from(text);
    return this.namespaces.idOf(bytes, 0, bytes.length);
  }

  private kindId(kind: Kind): number {
    const { encryption } = kind;
    const text = [kind.form, kind.apiVersion, kind.kind, encryption?.provider, encryption?.keyName].join(
      "\n",
    );
    const known = this.kindIds.get(text);
    if (known !== undefined) return known;
    const id = this.kinds.push(kind) - 1;
    this.kindIds.set(text, id);
    return id;
  }
}
