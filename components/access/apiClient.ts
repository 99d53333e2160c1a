import { isAbsolute } from "node:path";
import { ApiError, type Dispatch, refusalOf } from "./apiError";
import { parseJson, stringifyJson } from "./apiJson";
import { type AccessOptions, readAccess } from "./clusterAccess";
import { Connection } from "./connection";
import { type Credentials, credentialsOf } from "./credentials";
import { withinSeconds } from "./deadline";
import { type ExecResult, podExec } from "./podExec";
import { type Query, withQuery } from "./query";
import { type Answer, send } from "./request";
import { repeatRead } from "./retry";

/** How to reach an API server, and the name under which it logs what is asked. */
export interface ApiClientOptions extends AccessOptions {
  readonly userAgent: string;
}

/** What each call takes besides its path. */
export interface CallOptions {
  readonly query?: Query;
  /** Longest time of the whole call: credentials, connection, tries, answer. Default: 30. */
  readonly seconds?: number;
}

/** A command in a Pod, without a standard input. */
export interface ExecOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Shown in the server's audit log: no secret. */
  readonly command: readonly string[];
  readonly seconds?: number;
}

const patchTypes = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
};
/** What a JSON answer may have, in bytes: a string's longest in Node is twice that. */
const longestAnswer = 256 * 2 ** 20;

interface Call extends CallOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly limitBytes?: number;
}

/**
 * Client of one Kubernetes API server. Each call ends within its deadline, and fails with an {@link ApiError}. Reads
 * are tried again for a moment; a write is sent once, whatever happens: who sent it asks what is there before another.
 */
export class ApiClient {
  private constructor(
    /** Address of the server, for people. */
    readonly server: string,
    private readonly connection: Connection,
    private readonly credentials: Credentials,
    private readonly userAgent: string,
  ) {}

  /** Reads the kubeconfig; asks nothing yet. @throws UserError */
  static async open(options: ApiClientOptions): Promise<ApiClient> {
    if (!isAbsolute(options.kubeconfig))
      throw new TypeError(`kubeconfig must be absolute: ${options.kubeconfig}`);
    const access = readAccess(options);
    const credentials = credentialsOf(access);
    return new ApiClient(access.server.origin, new Connection(access), credentials, options.userAgent);
  }

  /** One object or list. @throws ApiError */
  async get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.json<T>("GET", path, options);
  }

  /** Like {@link get}; undefined when the server says that there is no such object. @throws ApiError */
  async find<T>(path: string, options: CallOptions = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(path, options);
    } catch (error) {
      // A page of 404 without a Status comes from elsewhere, and says nothing about the object.
      if (error instanceof ApiError && error.kind === "notFound" && error.reason === "NotFound")
        return undefined;
      throw error;
    }
  }

  /** An answer's text, such as a log, cut after `limitBytes`. @throws ApiError */
  async text(path: string, options: CallOptions & { readonly limitBytes?: number } = {}): Promise<string> {
    return (await this.call("GET", path, { ...options, accept: "*/*" })).body;
  }

  /** @throws ApiError */
  async create<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.json<T>("POST", path, { ...options, body });
  }

  /** With the `metadata.resourceVersion` that was read, a compare-and-swap. @throws ApiError */
  async replace<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.json<T>("PUT", path, { ...options, body });
  }

  /** @throws ApiError */
  async patch<T>(
    path: string,
    body: unknown,
    type: keyof typeof patchTypes,
    options: CallOptions = {},
  ): Promise<T> {
    return this.json<T>("PATCH", path, { ...options, body, contentType: patchTypes[type] });
  }

  /** @param options body: DeleteOptions, e.g. preconditions. @throws ApiError */
  async delete<T = unknown>(
    path: string,
    options: CallOptions & { readonly body?: unknown } = {},
  ): Promise<T> {
    return this.json<T>("DELETE", path, options);
  }

  /**
   * Runs a command in a Pod. Any exit code is a result; a connection that ends before it came is an error, since the
   * command may still be running.
   *
   * @throws ApiError
   */
  async exec({ namespace, pod, container, command, seconds = 30 }: ExecOptions): Promise<ExecResult> {
    const dispatch: Dispatch = { write: true, sent: false };
    const query = { container, command, stdout: true, stderr: true };
    const path = withQuery(`/api/v1/namespaces/${namespace}/pods/${pod}/exec`, query);
    return withinSeconds(seconds, this.server, dispatch, async (signal) => {
      const identity = await this.credentials.current();
      try {
        return await podExec(this.connection, identity, path, this.userAgent, signal, dispatch);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) this.credentials.refused();
        throw error;
      }
    });
  }

  /** Ends the kept connections, so that the process can end. */
  close(): void {
    this.connection.close();
  }

  private async json<T>(method: string, path: string, call: Call): Promise<T> {
    const { body } = await this.call(method, path, call);
    try {
      return parseJson<T>(body);
    } catch {
      throw new ApiError("server", `${this.server} answered with something other than JSON`, {
        sent: method !== "GET",
      });
    }
  }

  private async call(method: string, path: string, call: Call): Promise<Answer> {
    const { query, seconds = 30, limitBytes, contentType = "application/json" } = call;
    const body = call.body === undefined ? undefined : stringifyJson(call.body);
    const headers = {
      Accept: call.accept ?? "application/json",
      "User-Agent": this.userAgent,
      ...(body === undefined ? {} : { "Content-Type": contentType }),
    };
    const url = this.connection.url(withQuery(path, query));
    const limit = { limitBytes: limitBytes ?? longestAnswer, cut: limitBytes !== undefined };
    const dispatch: Dispatch = { write: method !== "GET", sent: false };
    const ends = performance.now() + seconds * 1000;
    const answer = await withinSeconds(seconds, this.server, dispatch, async (signal) => {
      const attempt = async () => {
        dispatch.sent = false;
        const identity = await this.credentials.current();
        return send(this.connection, identity, { method, url, headers, body, ...limit }, signal, dispatch);
      };
      if (!dispatch.write) return repeatRead(attempt, ends, () => this.credentials.refused(), signal);
      const once = await attempt();
      if (once.status === 401) this.credentials.refused();
      return once;
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusalOf(answer.status, answer.statusText, answer.body, dispatch.write);
  }
}
