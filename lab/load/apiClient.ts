import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { parse } from "yaml";

/** An answer of an API server. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; "certificate-authority-data": string } },
  ];
  readonly users: readonly [
    { readonly user: { "client-certificate-data": string; "client-key-data": string } },
  ];
}

/** A client of one API server, by a kubeconfig of the lab, over connections that stay open. */
export class ApiClient {
  readonly #agent: Agent;
  readonly #server: URL;

  private constructor(server: URL, agent: Agent) {
    this.#server = server;
    this.#agent = agent;
  }

  static async open(kubeconfigPath: string, connections: number): Promise<ApiClient> {
    const config = parse(await readFile(kubeconfigPath, "utf8")) as Kubeconfig;
    const { cluster } = config.clusters[0];
    const { user } = config.users[0];
    const decode = (text: string) => Buffer.from(text, "base64");
    const agent = new Agent({
      keepAlive: true,
      maxSockets: connections,
      ca: decode(cluster["certificate-authority-data"]),
      cert: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    });
    return new ApiClient(new URL(cluster.server), agent);
  }

  /** Sends a request; any status is an answer, only a broken connection or 30 s of silence throws. */
  send(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.#server),
        { method, agent: this.#agent, timeout: 30_000, headers: { "content-type": "application/json" } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
          );
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path} within 30 s`)));
      sent.on("error", reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
