import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { wholeBody } from "./httpFaults";
import type { InputFault } from "./streamFaults";
import { endToEndHeaders } from "./upstreamServer";
import { WebSocketFrames } from "./webSocketFrames";

/** What an exec whose client is gone, or hears nothing, may take. */
const longestMilliseconds = 60_000;

/** The two ends of an upgraded connection. */
export interface TunnelEnds {
  readonly client: Duplex;
  /** The client's first bytes after its request. */
  readonly head: Buffer;
  /** The same request, begun at the API server and not ended. */
  readonly sent: ClientRequest;
  readonly input: InputFault;
}

/** How a tunnel treats what comes back. */
export type TunnelMode =
  /** As it is; when one side goes, the other does. */
  | "open"
  /** As it is; the command goes on when the client is gone. */
  | "lasting"
  /** The client learns that the connection stands, and then nothing; the command goes on. */
  | "silent";

/** Joins both sides. @returns when the command has ended, or the tunnel: whichever comes first */
export function joinTunnel(ends: TunnelEnds, mode: TunnelMode): Promise<void> {
  const { client, sent } = ends;
  return new Promise((resolve) => {
    const end = () => {
      client.destroy();
      resolve();
    };
    const gone = () => sent.destroy();
    if (mode === "open") client.once("close", gone);
    sent.on("error", end);
    sent.once("response", (answer) => {
      if (mode === "silent") answer.resume().once("close", resolve);
      else void answerPlainly(client, answer).then(resolve);
    });
    sent.once("upgrade", (answer, server: Duplex, head) => {
      client.off("close", gone);
      client.write(headOf(answer, endToEndHeaders(answer), upgradeHeaders(answer)));
      if (head.length > 0) server.unshift(head);
      pump(ends, server, mode);
      const over = setTimeout(() => server.destroy(), longestMilliseconds);
      if (mode === "open") clearTimeout(over);
      else onCommandEnd(server, resolve);
      server.once("close", () => {
        clearTimeout(over);
        resolve();
      });
    });
    sent.end();
  });
}

function pump({ client, head, input }: TunnelEnds, server: Duplex, mode: TunnelMode): void {
  const lasting = mode !== "open";
  if (head.length > 0) client.unshift(head);
  server.on("error", () => client.destroy());
  client.on("error", () => (lasting ? undefined : server.destroy()));
  input.stream.pipe(server, { end: !lasting });
  client.pipe(input.stream);
  if (input.breaks) {
    server.once("finish", () => {
      client.destroy();
      server.destroy();
    });
  }
  if (mode === "silent") server.resume();
  else server.pipe(client);
  server.once("close", () => {
    // What has been read of a connection that ended well is still on its way to the client.
    if (mode !== "silent" && !server.readableEnded) client.destroy();
  });
  client.once("close", () => {
    if (!lasting && !client.readableEnded) server.destroy();
  });
  if (lasting) client.once("close", () => server.resume());
}

/** In a WebSocket the status, on channel 3, or the end of the connection says so. */
function onCommandEnd(server: Duplex, ended: () => void): void {
  const frames = new WebSocketFrames();
  server.on("data", (chunk: Buffer) => {
    if (frames.scan(chunk).some(({ channel, opcode, ends }) => ends && (channel === 3 || opcode === 8)))
      ended();
  });
}

/** An API server that refuses the upgrade answers like to any other request. */
async function answerPlainly(client: Duplex, answer: IncomingMessage): Promise<void> {
  const body = await wholeBody(answer);
  if (body === undefined) {
    client.destroy();
    return;
  }
  const kept = endToEndHeaders(answer);
  const headers = kept.filter((_, n) => kept[n - (n % 2)]?.toLowerCase() !== "content-length");
  const own = ["Content-Length", String(body.length), "Connection", "close"];
  client.end(Buffer.concat([headOf(answer, headers, own), body]));
}

function upgradeHeaders(answer: IncomingMessage): string[] {
  return ["Connection", "Upgrade", "Upgrade", answer.headers.upgrade ?? ""];
}

function headOf(answer: IncomingMessage, ...headers: string[][]): Buffer {
  const all = headers.flat();
  const lines = all.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${all[n + 1]}\r\n`] : []));
  return Buffer.from(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join("")}\r\n`);
}
