import type { CallOptions, ExecOptions } from "../../components/access/apiClient";
import { ApiError } from "../../components/access/apiError";
import type { ExecResult } from "../../components/access/podExec";
import type { AdminApi } from "../../components/hosted/hostedContext";
import { apiError, collections, conflictUnless } from "./fakeErrors";
import { applyPatch } from "./fakePatch";
import { matchesFields, matchesLabels } from "./fakeSelectors";

export { apiError };

/** An object of Kubernetes, as a test writes it. */
export interface FakeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** One call that a test's subject made. */
export interface FakeCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "EXEC";
  /** Of an exec: "POD/CONTAINER". */
  readonly path: string;
  readonly query: CallOptions["query"];
  readonly body: unknown;
}

/** What a test wants to happen to calls. @returns undefined: it is answered as usual; any other value is the answer */
export type FakeRule = (call: FakeCall, api: FakeApi) => unknown;

/**
 * A Kubernetes API in memory, for units that take an {@link AdminApi}: objects by their path, collections with label and
 * field selectors, versions that conflict, a scale subresource, logs and commands as the test scripts them.
 */
export class FakeApi implements AdminApi {
  readonly objects = new Map<string, FakeObject>();
  readonly calls: FakeCall[] = [];
  /** Asked in order before each call; one may throw an {@link apiError}, or answer. */
  readonly before: FakeRule[] = [];
  /** Asked in order after a call had its effect: the answer that got lost, a controller's reaction. */
  readonly after: FakeRule[] = [];
  /** Logs by Pod. */
  readonly logs = new Map<string, string>();
  /** Answers commands. Default: exit code 0, nothing printed. */
  onExec: (options: ExecOptions) => Promise<ExecResult> | ExecResult = () => ({
    code: 0,
    stdout: "",
    stderr: "",
  });
  private version = 100;

  /** Puts an object there, as if it always was. @param path of its collection */
  put<T extends object>(collection: string, object: T & { metadata: { name: string } }): FakeObject {
    const stored = structuredClone(object) as unknown as FakeObject;
    stored.metadata.uid ??= `uid-${++this.version}`;
    stored.metadata.resourceVersion = String(++this.version);
    stored.metadata.creationTimestamp ??= new Date().toISOString();
    this.objects.set(`${collection}/${stored.metadata.name}`, stored);
    return stored;
  }

  /** Changes an object under everybody's hands: its version moves. */
  touch(path: string, change: (object: FakeObject) => void): void {
    const object = this.stored(path);
    change(object);
    object.metadata.resourceVersion = String(++this.version);
  }

  /** Calls of a method, of paths with this part. */
  made(method: FakeCall["method"], part = ""): readonly FakeCall[] {
    return this.calls.filter((call) => call.method === method && call.path.includes(part));
  }

  async get<T>(path: string, { query }: CallOptions = {}): Promise<T> {
    return (await this.answer({ method: "GET", path, query, body: undefined }, () =>
      this.read(path, query),
    )) as T;
  }

  async find<T>(path: string, options: CallOptions = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(path, options);
    } catch (error) {
      if (error instanceof ApiError && error.kind === "notFound") return undefined;
      throw error;
    }
  }

  async text(path: string, { query }: CallOptions & { readonly limitBytes?: number } = {}): Promise<string> {
    const pod = /\/pods\/([^/]+)\/log$/.exec(path)?.[1];
    const log = () => {
      const text = pod === undefined ? undefined : this.logs.get(pod);
      if (text === undefined) throw apiError("notFound", `${path} not found`);
      return text;
    };
    return (await this.answer({ method: "GET", path, query, body: undefined }, log)) as string;
  }

  async create<T>(path: string, body: unknown, { query }: CallOptions = {}): Promise<T> {
    const add = () => (query?.dryRun === undefined ? this.add(path, body) : structuredClone(body));
    return (await this.answer({ method: "POST", path, query, body }, add)) as T;
  }

  async replace<T>(path: string, body: unknown, { query }: CallOptions = {}): Promise<T> {
    const swap = () => {
      const old = this.stored(path);
      const next = structuredClone(body) as FakeObject;
      const { uid, creationTimestamp } = old.metadata;
      conflictUnless(next.metadata.resourceVersion, old.metadata.resourceVersion, path);
      this.objects.set(path, {
        ...next,
        metadata: {
          ...next.metadata,
          uid: uid as string,
          creationTimestamp,
          resourceVersion: String(++this.version),
        },
      });
      return structuredClone(this.stored(path));
    };
    return (await this.answer({ method: "PUT", path, query, body }, swap)) as T;
  }

  async patch<T>(
    path: string,
    body: unknown,
    type: "merge" | "json" | "strategic",
    { query }: CallOptions = {},
  ): Promise<T> {
    const change = () => {
      const scale = path.endsWith("/scale");
      const target = scale ? path.slice(0, -"/scale".length) : path;
      const old = this.stored(target);
      const next = applyPatch(scale ? this.read(path, {}) : old, body, type) as FakeObject;
      if (type !== "json") conflictUnless(next.metadata.resourceVersion, old.metadata.resourceVersion, path);
      const changed = scale ? { ...old, spec: { ...(old.spec as object), ...(next.spec as object) } } : next;
      changed.metadata.resourceVersion = String(++this.version);
      this.objects.set(target, changed);
      return structuredClone(scale ? this.read(path, {}) : changed);
    };
    return (await this.answer({ method: "PATCH", path, query, body }, change)) as T;
  }

  async delete<T>(path: string, { query, body }: CallOptions & { readonly body?: unknown } = {}): Promise<T> {
    const remove = () => {
      const old = this.stored(path);
      const { uid, resourceVersion } =
        (body as { preconditions?: Record<string, string> })?.preconditions ?? {};
      conflictUnless(uid, old.metadata.uid, path);
      conflictUnless(resourceVersion, old.metadata.resourceVersion, path);
      this.objects.delete(path);
      return old;
    };
    return (await this.answer({ method: "DELETE", path, query, body }, remove)) as T;
  }

  async exec(options: ExecOptions): Promise<ExecResult> {
    const path = `${options.pod}/${options.container}`;
    const run = () => {
      this.stored(`/api/v1/namespaces/${options.namespace}/pods/${options.pod}`);
      return this.onExec(options);
    };
    return (await this.answer(
      { method: "EXEC", path, query: undefined, body: options.command },
      run,
    )) as ExecResult;
  }

  private async answer(call: FakeCall, usual: () => unknown): Promise<unknown> {
    this.calls.push(call);
    for (const rule of [...this.before]) {
      const said = await rule(call, this);
      if (said !== undefined) return said;
    }
    const result = await usual();
    for (const rule of [...this.after]) {
      const said = await rule(call, this);
      if (said !== undefined) return said;
    }
    return result;
  }

  private stored(path: string): FakeObject {
    const object = this.objects.get(path);
    if (object === undefined) throw apiError("notFound", `${path} not found`);
    return object;
  }

  private read(path: string, query: CallOptions["query"]): FakeObject | { items: FakeObject[] } {
    if (path.endsWith("/scale")) return this.scale(path.slice(0, -"/scale".length));
    const object = this.objects.get(path);
    if (object !== undefined) return structuredClone(object);
    const last = path.slice(path.lastIndexOf("/") + 1);
    if (!collections.has(last)) throw apiError("notFound", `${path} not found`);
    const items = [...this.objects]
      .filter(([at]) => at.startsWith(`${path}/`) && !at.slice(path.length + 1).includes("/"))
      .map(([, item]) => item)
      .filter((item) => matchesLabels(item.metadata.labels ?? {}, query?.labelSelector))
      .filter((item) => matchesFields(item, query?.fieldSelector));
    return { items: structuredClone(items) };
  }

  private scale(path: string): FakeObject {
    const {
      metadata,
      spec = {},
      status = {},
    } = this.stored(path) as FakeObject & Record<"spec" | "status", object>;
    const { replicas, selector } = spec as {
      replicas?: number;
      selector?: { matchLabels?: Record<string, string> };
    };
    const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
    return {
      kind: "Scale",
      metadata: structuredClone(metadata),
      spec: { replicas },
      status: { replicas: (status as { replicas?: number }).replicas ?? 0, selector: labels.join(",") },
    };
  }

  private add(path: string, body: unknown): FakeObject {
    const { metadata, ...rest } = structuredClone(body) as FakeObject & {
      metadata: { generateName?: string };
    };
    const name = metadata.name ?? `${metadata.generateName}${(++this.version).toString(36)}`;
    if (this.objects.has(`${path}/${name}`))
      throw apiError("alreadyExists", `${path}/${name} already exists`);
    return structuredClone(this.put(path, { ...rest, metadata: { ...metadata, name } }));
  }
}

/** A rule that answers once, when a call fits. */
export function once(fits: (call: FakeCall) => boolean, answer: FakeRule): FakeRule {
  let used = false;
  return (call, api) => {
    if (used || !fits(call)) return undefined;
    used = true;
    return answer(call, api);
  };
}
