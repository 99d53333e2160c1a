import * as fs from "node:fs";
import * as path from "node:path";
import { type INamespace, Root, type Type } from "protobufjs/light";

/** How one field of a Go type is written as JSON. */
export interface FieldRule {
  /** Name in JSON; empty for an inlined struct. */
  readonly json: string;
  /** The fields of the struct appear in place of the field. */
  readonly inline?: boolean;
  readonly omitEmpty?: boolean;
  readonly omitZero?: boolean;
  /** A pointer: present or absent, whatever its value. */
  readonly pointer?: boolean;
}

/** Rules of one Go type, by the number of the field in protobuf. */
export interface TypeRules {
  /** A list that protobuf wraps in a message. */
  readonly isList?: boolean;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

/** The file that `npm run generate` writes from the pinned Go modules. */
export interface KubernetesDescriptors {
  readonly modules: Readonly<Record<string, string>>;
  /** `apps/v1` to the package in protobuf, `k8s.io.api.apps.v1`. The core group is `/v1`. */
  readonly groups: Record<string, string>;
  /** By full name in protobuf. */
  readonly types: Record<string, TypeRules>;
  /** protobufjs's own form. */
  readonly root: INamespace;
}

const FILE = path.join(__dirname, "..", "generated", "kubernetes.json");

/** Types of the built-in kinds. */
export class Descriptors {
  private static loaded: Descriptors | undefined;
  private readonly root: Root;

  private constructor(private readonly descriptors: KubernetesDescriptors) {
    this.root = Root.fromJSON(descriptors.root);
  }

  /** The generated descriptors; undefined when this installation has none. */
  static load(): Descriptors | undefined {
    if (Descriptors.loaded === undefined && fs.existsSync(FILE)) {
      Descriptors.loaded = new Descriptors(
        JSON.parse(fs.readFileSync(FILE, "utf8")) as KubernetesDescriptors,
      );
    }
    return Descriptors.loaded;
  }

  /** The type of a kind, such as (`apps/v1`, `Deployment`); undefined when it is not built in. */
  typeOf(apiVersion: string, kind: string): Type | undefined {
    const group = this.descriptors.groups[apiVersion.includes("/") ? apiVersion : `/${apiVersion}`];
    if (group === undefined) return undefined;
    try {
      return this.root.lookupType(`${group}.${kind}`);
    } catch {
      return undefined;
    }
  }

  rulesOf(type: Type): TypeRules | undefined {
    return this.descriptors.types[type.fullName.replace(/^\./, "")];
  }
}
