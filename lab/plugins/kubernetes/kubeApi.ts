import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { isMap, type PropertyMap, type PropertyValue } from "../rpc/values";
import type { Connection } from "./kubeconfig";
import { numberAt, textAt } from "./objects";

/** A refusal by the API server, with its own words. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly code: number;
  /** The server's word for it, e.g. `AlreadyExists`. */
  readonly reason: string;
  readonly status: PropertyMap;

  constructor(code: number, status: PropertyMap, body: string) {
    super(textAt(status, "message") || `the server answered ${code}: ${body.slice(0, 500)}`);
    this.code = numberAt(status, "code") ?? code;
    this.reason = textAt(status, "reason");
    this.status = status;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

/** One call. */
export interface ApiCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: PropertyValue;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** One change that a watch reports. */
export interface WatchEvent {
  readonly type: string;
  readonly object: PropertyMap;
}

/** A client of one API server, over kept connections. */
export class KubeApi {
  readonly #agent: Agent | HttpAgent;

  constructor(private readonly connection: Connection) {
    const { ca, cert, key, serverName, insecure } = connection;
    const tls = {
      ca,
      cert,
      key,
      rejectUnauthorized: !insecure,
      ...(serverName ? { servername: serverName } : {}),
    };
    this.#agent = connection.server.startsWith("http:")
      ? new HttpAgent({ keepAlive: true })
      : new Agent({ keepAlive: true, ...tls });
  }

  /** Throws {@link ApiError} when the server refuses, and the network's error when it does not answer. */
  async call(call: ApiCall): Promise<PropertyMap> {
    const response = await this.#send(call);
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    const value = parseJson(text);
    const code = response.statusCode ?? 0;
    if (code < 200 || code > 299) {
      throw new ApiError(code, isMap(value) ? value : {}, text);
    }
    return isMap(value) ? value : {};
  }

  /** Reports changes until the server ends the watch, which it does after some minutes. */
  async *watch(call: ApiCall): AsyncGenerator<WatchEvent> {
    const response = await this.#send({ ...call, query: { ...call.query, watch: "1" } });
    if (response.statusCode !== 200) {
      throw new ApiError(response.statusCode ?? 0, {}, "watch refused");
    }
    let rest = "";
    response.setEncoding("utf8");
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.filter((text) => text !== "")) {
        yield JSON.parse(line) as WatchEvent;
      }
    }
  }

  #send(call: ApiCall): Promise<IncomingMessage> {
    const url = new URL(this.connection.server + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) {
        url.searchParams.set(name, value);
      }
    }
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const { token } = this.connection;
    const options: RequestOptions = {
      method: call.method ?? "GET",
      agent: this.#agent,
      signal: call.signal,
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : {
              "content-type": call.contentType ?? "application/json",
              "content-length": Buffer.byteLength(body),
            }),
      },
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === "http:" ? httpRequest : httpsRequest;
      const request = send(url, options, resolve);
      request.on("error", reject);
      request.end(body);
    });
  }
}

function parseJson(text: string): PropertyValue | undefined {
  try {
    return JSON.parse(text) as PropertyValue;
  } catch {
    return undefined;
  }
}
