import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { ApiError, connectionError, type Dispatch } from "./apiError";
import type { Connection } from "./connection";
import type { Identity } from "./credentials";

/** One HTTP request. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string | undefined;
  /** Longest answer in bytes. */
  readonly limitBytes: number;
  /** Whether a longer answer is cut there; else it is an error. */
  readonly cut: boolean;
}

/** An answer of any status. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends a request once and reads its whole answer.
 *
 * @param signal ends the connection; the caller has then already reported why
 * @throws ApiError when no whole answer came
 */
export async function send(
  connection: Connection,
  { headers, cert, key }: Identity,
  outgoing: Outgoing,
  signal: AbortSignal,
  dispatch: Dispatch,
): Promise<Answer> {
  const agent = await connection.agent();
  const { method, url, body } = outgoing;
  const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  const options = {
    method,
    agent,
    headers: { ...outgoing.headers, ...headers, ...length },
    ...connection.tls,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  signal.throwIfAborted();
  return new Promise((done, failed) => {
    const request = (url.protocol === "https:" ? https : http).request(url, options);
    const abort = () => request.destroy();
    signal.addEventListener("abort", abort);
    const fail = (cause: unknown) => {
      signal.removeEventListener("abort", abort);
      request.destroy();
      failed(connectionError(cause, dispatch));
    };
    watch(request, dispatch, fail);
    request.on("response", (response) => {
      answerOf(response, outgoing, dispatch).then((answer) => {
        signal.removeEventListener("abort", abort);
        done(answer);
      }, fail);
    });
    request.end(body);
  });
}

/** Notes when the server may have read a request, and reports what ends it before an answer. */
export function watch(request: http.ClientRequest, dispatch: Dispatch, fail: (cause: unknown) => void): void {
  request.on("error", fail);
  request.on("socket", (socket: Socket) => {
    const note = () => {
      dispatch.sent = true;
    };
    const { encrypted = false, secureConnecting = false } = socket as TLSSocket & {
      secureConnecting?: boolean;
    };
    if (socket.connecting || secureConnecting) socket.once(encrypted ? "secureConnect" : "connect", note);
    else if (!socket.destroyed) note();
  });
  request.on("proxyConnect", ({ statusCode, statusText }: { statusCode: number; statusText: string }) => {
    // What follows is the proxy's page, not the server's answer.
    if (statusCode !== 200)
      fail(new ApiError("unreachable", refusedBy(statusCode, statusText), { sent: false }));
  });
}

function refusedBy(status: number, text: string): string {
  return `the proxy refused the connection: ${status} ${text}`.trim();
}

async function answerOf(
  response: http.IncomingMessage,
  { limitBytes, cut }: Pick<Outgoing, "limitBytes" | "cut">,
  { write }: Dispatch,
): Promise<Answer> {
  const { statusCode = 0, statusMessage = "", headers } = response;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= limitBytes) continue;
    if (cut) break;
    const sentence = `the answer is longer than ${limitBytes} bytes`;
    throw new ApiError("server", sentence, { status: statusCode, sent: write });
  }
  const body = Buffer.concat(chunks).subarray(0, limitBytes).toString("utf8");
  return { status: statusCode, statusText: statusMessage, headers, body };
}
