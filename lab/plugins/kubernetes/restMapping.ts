import { isArray } from "../rpc/values";
import { isNotFound, type KubeApi } from "./kubeApi";
import { apiVersionOf, type KubeObject, kindOf, namespaceOf, textAt, valueAt } from "./objects";

/** Where objects of a kind live. */
export interface Mapping {
  /** `/api/v1` or `/apis/group/version`. */
  readonly root: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Said when the API server does not know a kind. */
export class NoMatchError extends Error {}

/** Kinds without a namespace, for the time in which no API server can be asked. */
const clusterScoped = new Set(
  [
    "APIService ClusterRole ClusterRoleBinding CSIDriver CSINode CustomResourceDefinition IngressClass",
    "MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass RuntimeClass StorageClass",
    "ValidatingWebhookConfiguration VolumeAttachment",
  ]
    .join(" ")
    .split(" "),
);

/** What the API server serves; asked once for each group and version. */
export class RestMappings {
  readonly #known = new Map<string, Promise<ReadonlyMap<string, Mapping>>>();

  constructor(private readonly api: KubeApi) {}

  /** Throws {@link NoMatchError} when the kind is not served. */
  async of(object: KubeObject): Promise<Mapping> {
    const apiVersion = apiVersionOf(object);
    let kinds = this.#known.get(apiVersion);
    if (kinds === undefined) {
      kinds = this.#discover(apiVersion);
      this.#known.set(apiVersion, kinds);
      // A group may appear later; only an answer is remembered.
      kinds.catch(() => this.#known.delete(apiVersion));
    }
    const mapping = (await kinds).get(kindOf(object));
    if (mapping === undefined) {
      throw new NoMatchError(`no matches for kind "${kindOf(object)}" in version "${apiVersion}"`);
    }
    return mapping;
  }

  async #discover(apiVersion: string): Promise<ReadonlyMap<string, Mapping>> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    try {
      const list = valueAt(await this.api.call({ path: root }), "resources");
      const kinds = new Map<string, Mapping>();
      for (const entry of isArray(list) ? list : []) {
        const plural = textAt(entry, "name");
        if (!plural.includes("/")) {
          kinds.set(textAt(entry, "kind"), {
            root,
            plural,
            namespaced: valueAt(entry, "namespaced") === true,
          });
        }
      }
      return kinds;
    } catch (error) {
      if (isNotFound(error)) {
        throw new NoMatchError(`no matches for version "${apiVersion}"`);
      }
      throw error;
    }
  }
}

/** Best guess of a kind's scope without an API server. */
export function isProbablyNamespaced(kind: string): boolean {
  return !clusterScoped.has(kind);
}

/** Path of a kind's collection, in the object's namespace where the kind has one. */
export function collectionPath(mapping: Mapping, object: KubeObject): string {
  const { root, plural, namespaced } = mapping;
  const namespace = namespaceOf(object) || "default";
  return namespaced ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${root}/${plural}`;
}
