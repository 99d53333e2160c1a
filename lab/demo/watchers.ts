import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../waiting";
import type { UserApi } from "./userApi";

const watchedResources = [
  "/api/v1/configmaps",
  "/api/v1/secrets",
  "/api/v1/namespaces",
  "/api/v1/pods",
  "/apis/apps/v1/deployments",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
] as const;

/**
 * Clients that hold watches open, as every real cluster's kubelets and controllers do: an API server with open
 * watches does not end before its grace period. A watch that ends is opened again.
 */
export class Watchers {
  readonly #api: UserApi;
  readonly #abort = new AbortController();
  readonly #clients: Promise<void>[] = [];
  readonly #each: number;
  /** Watches that are open now. */
  open = 0;
  /** Watches that ended and were opened again. */
  reopened = 0;

  /** @param each clients that watch one resource; there are six resources. Default 5, so 30 watches. */
  constructor(api: UserApi, each = 5) {
    this.#api = api;
    this.#each = each;
    setMaxListeners(0, this.#abort.signal);
  }

  get count(): number {
    return watchedResources.length * this.#each;
  }

  /** Opens all watches; resolves when every one of them is open. */
  async start(): Promise<void> {
    for (const path of watchedResources) {
      for (let client = 0; client < this.#each; client++) this.#clients.push(this.#hold(path));
    }
    await waitUntil({ what: `${this.count} watches to open`, timeoutSeconds: 30 }, async () => {
      return this.open === this.count;
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#clients);
  }

  async #hold(path: string): Promise<void> {
    const { signal } = this.#abort;
    for (let first = true; !signal.aborted; first = false) {
      if (!first) await sleep(500, undefined, { signal }).catch(() => undefined);
      const opened = await this.#watch(path, signal);
      if (opened && !signal.aborted) this.reopened++;
    }
  }

  /** Holds one watch until it ends. Returns whether it had been open. */
  async #watch(path: string, signal: AbortSignal): Promise<boolean> {
    try {
      const response = await this.#api.stream(
        "GET",
        `${path}?watch=true&timeoutSeconds=3600`,
        undefined,
        signal,
      );
      if (response.statusCode !== 200) {
        response.destroy();
        return false;
      }
      this.open++;
      try {
        for await (const _ of response);
      } catch {
        // A server that was killed ends the stream without the last chunk.
      } finally {
        this.open--;
      }
      return true;
    } catch {
      return false;
    }
  }
}
