import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { parse } from "yaml";

/** What an API server said. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON; undefined when it is none. */
  readonly body: unknown;
}

interface Credentials {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * A user cluster's API as a client outside sees it: plain HTTPS at its own address with a client certificate. Every
 * request opens a connection of its own, so none of them rides on one that was open before.
 */
export class UserApi {
  readonly #credentials: Credentials;

  private constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** @param path of a kubeconfig whose first cluster and first user are meant, with embedded certificates */
  static async open(path: string): Promise<UserApi> {
    const kubeconfig = parse(await readFile(path, "utf8")) as KubeconfigFile;
    const cluster = kubeconfig.clusters[0]?.cluster ?? {};
    const user = kubeconfig.users[0]?.user ?? {};
    const [server, ca, cert, key] = [
      cluster.server,
      cluster["certificate-authority-data"],
      user["client-certificate-data"],
      user["client-key-data"],
    ];
    if (server === undefined || ca === undefined || cert === undefined || key === undefined) {
      throw new Error(`${path} holds no embedded client certificate`);
    }
    const decode = (text: string) => Buffer.from(text, "base64");
    return new UserApi({ server, ca: decode(ca), cert: decode(cert), key: decode(key) });
  }

  /** Sends one request. Rejects when there was no answer within the time, default 10,000 ms. */
  async send(method: string, path: string, body?: unknown, timeoutMs = 10_000): Promise<ApiAnswer> {
    const response = await this.stream(method, path, body, AbortSignal.timeout(timeoutMs));
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString("utf8")) };
  }

  /** Like {@link send}, and rejects when the status is not 2xx. */
  async must(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.send(method, path, body);
    if (answer.status < 200 || answer.status > 299) {
      const { message = "" } = (answer.body ?? {}) as { message?: string };
      throw new Error(`${method} ${path} of the user cluster: status ${answer.status} ${message}`);
    }
    return answer.body;
  }

  /** Whether a read is answered with a 2xx status within a second. */
  async answers(path: string): Promise<boolean> {
    return this.send("GET", path, undefined, 1_000).then(
      ({ status }) => status >= 200 && status <= 299,
      () => false,
    );
  }

  /** Resolves with the response as soon as its head has come; the body is the caller's. */
  stream(method: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    const { server, ...tls } = this.#credentials;
    return new Promise((resolve, reject) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const headers = { accept: "application/json", "content-type": type };
      const outgoing = request(
        new URL(path, server),
        { method, agent: false, signal, headers, ...tls },
        resolve,
      );
      outgoing.on("error", reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

interface KubeconfigFile {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string | undefined>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string | undefined>> }[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
