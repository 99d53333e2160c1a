import type { PropertyValue } from "../rpc/values";
import { isNotFound, type KubeApi, type WatchEvent } from "./kubeApi";
import { type KubeObject, metadataOf, nameOf, textAt } from "./objects";
import { collectionPath, RestMappings } from "./restMapping";

/** Settings of one write. */
export interface WriteOptions {
  readonly fieldManager: string;
  readonly dryRun: boolean;
  /** Takes fields over from other managers. */
  readonly force?: boolean;
  readonly signal: AbortSignal;
}

/** Kubernetes' operations on objects of any kind. All throw ApiError, or NoMatchError for a kind that is not served. */
export class Cluster {
  readonly mappings: RestMappings;

  constructor(readonly api: KubeApi) {
    this.mappings = new RestMappings(api);
  }

  async get(object: KubeObject, signal?: AbortSignal): Promise<KubeObject> {
    return await this.api.call({ path: await this.#path(object), ...(signal ? { signal } : {}) });
  }

  /** The object as it is now; undefined when it is gone. */
  async find(object: KubeObject, signal?: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.get(object, signal);
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Fails with AlreadyExists rather than change what is there. */
  async create(object: KubeObject, options: WriteOptions): Promise<KubeObject> {
    return await this.api.call({
      method: "POST",
      path: collectionPath(await this.mappings.of(object), object),
      query: { fieldManager: options.fieldManager, ...dryRun(options) },
      body: object,
      signal: options.signal,
    });
  }

  /** Server-side apply. */
  async apply(object: KubeObject, options: WriteOptions): Promise<KubeObject> {
    return await this.api.call({
      method: "PATCH",
      path: await this.#path(object),
      query: {
        fieldManager: options.fieldManager,
        force: String(options.force ?? false),
        ...dryRun(options),
      },
      body: object,
      contentType: "application/apply-patch+yaml",
      signal: options.signal,
    });
  }

  /** Rewrites who owns which fields; fails with a conflict when the object has changed meanwhile. */
  async setManagedFields(
    live: KubeObject,
    fields: readonly PropertyValue[],
    signal: AbortSignal,
  ): Promise<KubeObject> {
    return await this.api.call({
      method: "PATCH",
      path: await this.#path(live),
      body: [
        { op: "replace", path: "/metadata/managedFields", value: fields },
        { op: "replace", path: "/metadata/resourceVersion", value: metadataOf(live).resourceVersion ?? "" },
      ],
      contentType: "application/json-patch+json",
      signal,
    });
  }

  async delete(object: KubeObject, propagation: string, signal: AbortSignal): Promise<void> {
    await this.api.call({
      method: "DELETE",
      path: await this.#path(object),
      body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: propagation },
      signal,
    });
  }

  /** Changes of the one object since the version that is given; ends when the server ends it. */
  async *watch(object: KubeObject, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const resourceVersion = textAt(object, "metadata", "resourceVersion");
    yield* this.api.watch({
      path: collectionPath(await this.mappings.of(object), object),
      query: {
        fieldSelector: `metadata.name=${nameOf(object)}`,
        resourceVersion,
        allowWatchBookmarks: "false",
      },
      signal,
    });
  }

  async #path(object: KubeObject): Promise<string> {
    return `${collectionPath(await this.mappings.of(object), object)}/${encodeURIComponent(nameOf(object))}`;
  }
}

function dryRun(options: WriteOptions): { dryRun?: string } {
  return options.dryRun ? { dryRun: "All" } : {};
}
