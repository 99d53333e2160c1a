import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as over,
} from "node:http";
import { Agent } from "node:https";
import type { Upstream } from "./faultFiles";

/** Headers of one connection alone. */
const hopByHop = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** A URL may hold a whole script: Node.js' own limit of 16 KiB is too low. */
export const longestHeaders = 1024 * 1024;

/** The API server that the proxy stands before. Nothing is ever asked twice. */
export class UpstreamServer {
  private readonly url: URL;
  /** With the administrator's certificate, for clients that say nothing of who they are. */
  private readonly administrator: Agent;
  /** For clients with a token: nothing else speaks for them. */
  private readonly anybody: Agent;

  constructor({ server, ca, cert, key }: Upstream) {
    this.url = new URL(server);
    // A connection that rests for long may have been ended by the server, and a request would be lost on it.
    const options = { keepAlive: true, timeout: 5000, ca };
    this.administrator = new Agent({ ...options, cert, key });
    this.anybody = new Agent(options);
  }

  /** Begins a request like the client's; its body, and the end of it, are the caller's. @param upgrade keeps the upgrade */
  open(client: IncomingMessage, upgrade: boolean, bodyBytes?: number): ClientRequest {
    const headers: IncomingHttpHeaders = { ...client.headers, host: this.url.host };
    if (!upgrade) delete headers.upgrade;
    if (!upgrade) delete headers.connection;
    if (bodyBytes !== undefined) delete headers["transfer-encoding"];
    if (bodyBytes) headers["content-length"] = String(bodyBytes);
    return over({
      protocol: "https:",
      host: this.url.hostname,
      port: this.url.port || 443,
      agent: client.headers.authorization === undefined ? this.administrator : this.anybody,
      method: client.method,
      path: client.url,
      headers,
      maxHeaderSize: longestHeaders,
    });
  }
}

/** Headers of an answer that are for the client too, in pairs, as they were sent. */
export function endToEndHeaders(answer: IncomingMessage): string[] {
  const { rawHeaders } = answer;
  return rawHeaders.filter((_, n) => !hopByHop.has((rawHeaders[n - (n % 2)] ?? "").toLowerCase()));
}
