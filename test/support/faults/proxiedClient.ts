import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { parse } from "yaml";
import { wholeBody } from "./httpFaults";

const namespace = "/api/v1/namespaces/uc1/";

/** What came of an exec: "status N" where it was not upgraded, the code of the close, and all of standard output. */
export interface ExecEnd {
  readonly end: string;
  readonly output: string;
}

/** Asks a proxy as a step does. */
export class ProxiedClient {
  private readonly options: RequestOptions;

  /** @param kubeconfig of the proxy */
  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, "utf8"));
    const { server, "certificate-authority-data": ca } = clusters[0].cluster;
    const { hostname, port } = new URL(server);
    const { token } = users[0].user;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.options = { hostname, port, ca: Buffer.from(ca, "base64"), headers };
  }

  /** Begins a request. @param step undefined: somebody else asks. @param leave ends the connection */
  open(
    step: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    leave?: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers = { ...this.options.headers, "user-agent": userAgent(step) };
    const options = { ...this.options, method, path: absolute(path), headers, signal: leave };
    return new Promise((resolve, reject) => {
      const sent = request(options, resolve);
      sent.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** @returns "STATUS BODY", or "reset" when there was no whole answer */
  async ask(step: string | undefined, method: string, path: string, body?: unknown): Promise<string> {
    try {
      const answer = await this.open(step, method, path, body);
      const text = await wholeBody(answer);
      return text === undefined ? "reset" : `${answer.statusCode} ${text}`;
    } catch {
      return "reset";
    }
  }

  /** Runs a command in a Pod by WebSocket. @param input chunks of its standard input. @param leave as in {@link open} */
  exec(
    step: string,
    pod: string,
    argv: readonly string[],
    input?: readonly Buffer[],
    leave?: AbortSignal,
  ): Promise<ExecEnd> {
    const query = argv.map((argument) => `command=${encodeURIComponent(argument)}`);
    if (input !== undefined) query.push("stdin=true");
    const { hostname, port, ca } = this.options;
    const url = `wss://${hostname}:${port}${namespace}pods/${pod}/exec?container=utility&${query.join("&")}`;
    const options = { ca, headers: { "user-agent": userAgent(step) } };
    const socket = new WebSocket(url, "v5.channel.k8s.io", options as object);
    leave?.addEventListener("abort", () => socket.terminate());
    let output = "";
    let status = "";
    socket.on("open", () => {
      for (const chunk of input ?? []) socket.send(Buffer.concat([Buffer.from([0]), chunk]));
      if (input !== undefined) socket.send(Buffer.from([255, 0]));
    });
    socket.on("message", (message: Buffer) => {
      if (message[0] === 1) output += message.subarray(1);
    });
    socket.on("unexpected-response", (_, answer) => {
      status = `status ${answer.statusCode}`;
      socket.terminate();
    });
    socket.on("error", () => undefined);
    return new Promise((resolve) => {
      socket.on("close", (code) => resolve({ end: status || String(code), output }));
    });
  }

  /** Begins an exec by SPDY, as far as a proxy sees it. */
  spdy(pod: string): Promise<Duplex> {
    const headers = { "user-agent": "kubectl/v1.36.0", connection: "Upgrade", upgrade: "SPDY/3.1" };
    const path = absolute(`pods/${pod}/exec?command=cat&stdin=true`);
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.options, method: "POST", path, headers });
      sent.on("error", reject).on("upgrade", (_, socket) => resolve(socket.on("error", () => undefined)));
      sent.end();
    });
  }
}

function userAgent(step: string | undefined): string {
  if (step === "kubectl") return "kubectl/v1.36.0 (linux/amd64)";
  return step === undefined ? "etcd-recovery/0.1.0 (program)" : `etcd-recovery/0.1.0 (step ${step})`;
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${namespace}${path}`;
}
