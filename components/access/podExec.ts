import type { ClientRequest, IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { ApiError, connectionError, type Dispatch, oneSentence, refusalOf } from "./apiError";
import type { Connection } from "./connection";
import type { Identity } from "./credentials";
import { watch } from "./request";

/** How a command in a Pod ended. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const [stdoutChannel, stderrChannel, statusChannel] = [1, 2, 3];
/** A command prints lines; more than this is a mistake. */
const longestOutput = 64 * 2 ** 20;
/** Keeps what is on the way from forgetting a command that prints nothing for a while. */
const pingMs = 5_000;
/** How long a server that has answered one ping may answer none before its connection is held for dead. */
const pongMs = 30_000;
/** How long the server may take to let the command begin. */
const handshakeMs = 60_000;
/** How long the server may take to end the connection after the exit code. */
const endMs = 2_000;

/** Runs a command in a Pod over a WebSocket, without a standard input. @throws ApiError */
export async function podExec(
  connection: Connection,
  { headers, cert, key }: Identity,
  path: string,
  userAgent: string,
  signal: AbortSignal,
  dispatch: Dispatch,
): Promise<ExecResult> {
  const [{ WebSocket }, agent] = await Promise.all([import("ws"), connection.singleAgent()]);
  const url = connection.url(path);
  url.protocol = url.protocol.replace("http", "ws");
  signal.throwIfAborted();
  return new Promise((done, failed) => {
    const fail = (cause: unknown) => {
      failed(connectionError(cause, dispatch));
      socket.terminate();
    };
    const socket = new WebSocket(url, protocols, {
      ...connection.tls,
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      agent,
      headers: { "User-Agent": userAgent, ...headers } as Record<string, string>,
      perMessageDeflate: false,
      handshakeTimeout: handshakeMs,
      maxPayload: longestOutput,
      finishRequest: (request: ClientRequest) => {
        watch(request, dispatch, fail);
        request.end();
      },
    });
    socket.on("error", fail);
    socket.on("unexpected-response", (_request: ClientRequest, response: IncomingMessage) => {
      void refusal(response, fail);
    });
    signal.addEventListener("abort", () => socket.terminate());
    receive(socket, done, fail);
  });
}

async function refusal(response: IncomingMessage, fail: (cause: unknown) => void): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    fail(refusalOf(response.statusCode ?? 0, response.statusMessage ?? "", body, true));
  } catch (cause) {
    fail(cause);
  }
}

/** Gathers what the channels say; only a status makes it a result, never the connection's end. */
function receive(
  socket: WebSocket,
  done: (result: ExecResult) => void,
  fail: (cause: unknown) => void,
): void {
  const channels: Buffer[][] = [[], [], [], []];
  const text = (channel: number) => Buffer.concat(channels[channel] ?? []).toString("utf8");
  let size = 0;
  const ping = keepAlive(socket, fail);
  let end: NodeJS.Timeout | undefined;
  socket.on("message", (data: Buffer) => {
    channels[data[0] ?? 0]?.push(data.subarray(1));
    size += data.length;
    if (size > longestOutput) fail(lost(`the command printed more than ${longestOutput} bytes`));
    if (data[0] !== statusChannel || data.length === 1 || end !== undefined) return;
    socket.close();
    end = setTimeout(() => socket.terminate(), endMs);
  });
  socket.on("close", (code: number) => {
    clearInterval(ping);
    clearTimeout(end);
    if (end === undefined)
      return fail(lost(`the connection ended before the command's exit code came (${code})`));
    try {
      done({ code: exitCode(text(statusChannel)), stdout: text(stdoutChannel), stderr: text(stderrChannel) });
    } catch (cause) {
      fail(cause);
    }
  });
}

/**
 * Pings, and ends a connection whose far end has gone without a word (a node that lost its power, a firewall that forgot
 * it). A server that never answers pings is waited for until the call's deadline.
 */
function keepAlive(socket: WebSocket, fail: (cause: unknown) => void): NodeJS.Timeout {
  let heard: number | undefined;
  const hear = () => {
    heard = performance.now();
  };
  socket.on("pong", hear);
  socket.on("message", () => heard !== undefined && hear());
  return setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    if (heard !== undefined && performance.now() - heard > pongMs)
      return fail(lost(`the connection is dead: no answer to pings for ${pongMs / 1000} s`));
    socket.ping();
  }, pingMs);
}

function lost(sentence: string): ApiError {
  return new ApiError("interrupted", sentence, { sent: true });
}

interface ExecStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** @throws ApiError when the command did not run to its end */
function exitCode(text: string): number {
  let status: ExecStatus;
  try {
    status = JSON.parse(text) as ExecStatus;
  } catch {
    throw lost("the command's exit code cannot be read");
  }
  if (status.status === "Success") return 0;
  const said = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message ?? "";
  if (status.reason === "NonZeroExitCode" && /^\d+$/.test(said)) return Number(said);
  const { message = "the command could not be run", code, reason } = status;
  throw new ApiError("server", oneSentence(message), {
    sent: true,
    ...(code === undefined ? {} : { status: code }),
    ...(reason === undefined ? {} : { reason }),
  });
}
