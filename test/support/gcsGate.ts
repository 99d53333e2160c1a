import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a gate does to the next request that it is for; each once. */
export type GateFault =
  /** Changes a byte of an upload. */
  | "flip"
  /** Changes a byte of a download. */
  | "flipAnswer"
  /** Cuts the connection of an upload. */
  | "cut"
  /** Answers an upload with 503. */
  | "unavailable"
  /** Says of an upload that its session has ended. */
  | "sessionGone"
  /** Passes an upload on and cuts the connection before its answer. */
  | "loseAnswer"
  /** Never answers. */
  | "hang"
  | "denied"
  | "unauthorized"
  /** Refuses a removal because of a retention. */
  | "retained"
  /** Gives every object of a listing a retention. */
  | "holdInList";

/** The question how far an upload is, which carries nothing. */
const isStatus = ({ headers }: IncomingMessage) => headers["content-range"] === "bytes */*";
const isUpload = (incoming: IncomingMessage) => incoming.method === "PUT" && !isStatus(incoming);
const isStart = ({ method, url = "" }: IncomingMessage) => method === "POST" && url.includes("/upload/");
const isFor: Readonly<Record<GateFault, (request: IncomingMessage) => boolean>> = {
  flip: isUpload,
  cut: isUpload,
  unavailable: isUpload,
  sessionGone: isUpload,
  loseAnswer: isUpload,
  hang: () => true,
  denied: isStart,
  unauthorized: isStart,
  flipAnswer: ({ url = "" }) => url.includes("alt=media"),
  retained: ({ method }) => method === "DELETE",
  holdInList: ({ method, url = "" }) => method === "GET" && /\/o\?/.test(url),
};

const refusals: Partial<Record<GateFault, readonly [code: number, message: string, reason: string]>> = {
  unavailable: [503, "Backend Error", "backendError"],
  sessionGone: [404, "Not Found", "notFound"],
  denied: [
    403,
    "uploader does not have storage.objects.create access to the Google Cloud Storage object.",
    "forbidden",
  ],
  unauthorized: [401, "Invalid Credentials", "authError"],
  retained: [
    403,
    "Object 'b/x' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until 2999-01-01T00:00:00Z",
    "retentionPolicyNotMet",
  ],
};

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
}

/**
 * Stands between a store and the fake server, and disturbs. Must be stopped. How far an upload is it answers itself, as the
 * real service does: the fake server takes that question for the end of an empty object.
 */
export async function startGcsGate(target: string) {
  const faults: GateFault[] = [];
  const finished = new Map<string, Answer>();
  const server = createServer((incoming, outgoing) => {
    const at = faults.findIndex((fault) => isFor[fault](incoming));
    const [fault] = at < 0 ? [] : faults.splice(at, 1);
    void pass({ target, own: url(), finished }, incoming, outgoing, fault).catch(() => outgoing.destroy());
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: url(),
    next: (...some: GateFault[]) => void faults.splice(0, faults.length, ...some),
    left: () => faults.length,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

interface Gate {
  readonly target: string;
  readonly own: string;
  /** Answers to uploads that were whole, by their sessions. */
  readonly finished: Map<string, Answer>;
}

async function pass(
  { target, own, finished }: Gate,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: GateFault | undefined,
): Promise<void> {
  if (fault === "hang") return;
  if (fault === "cut") return void incoming.destroy();
  const body = await collected(incoming);
  const refusal = fault === undefined ? undefined : refusals[fault];
  if (refusal !== undefined) {
    const [code, message, reason] = refusal;
    outgoing.writeHead(code, { "content-type": "application/json" });
    return void outgoing.end(JSON.stringify({ error: { code, message, errors: [{ message, reason }] } }));
  }
  if (fault === "flip") flip(body);
  const session = incoming.url ?? "";
  const known = finished.get(session);
  if (incoming.method === "PUT" && isStatus(incoming) && known === undefined)
    return void outgoing.writeHead(308).end();
  const { status, headers, bytes } = known ?? (await asked(target, incoming, body));
  if (incoming.method === "PUT" && status === 200) finished.set(session, { status, headers, bytes });
  if (fault === "loseAnswer") return void outgoing.destroy();
  if (fault === "flipAnswer") flip(bytes);
  // an upload goes on where its first answer says: through the gate too
  const location = headers.location?.replace(target, own);
  const answer = fault === "holdInList" ? withRetention(bytes) : bytes;
  const { "content-length": _, "transfer-encoding": __, ...kept } = headers;
  outgoing.writeHead(status, { ...kept, ...(location === undefined ? {} : { location }) });
  outgoing.end(answer);
}

function flip(bytes: Buffer): void {
  if (bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 0xff;
}

function withRetention(bytes: Buffer): Buffer {
  const page = JSON.parse(bytes.toString()) as { items: object[] };
  const items = page.items.map((item) => ({ ...item, retentionExpirationTime: "2999-01-01T00:00:00Z" }));
  return Buffer.from(JSON.stringify({ ...page, items }));
}

async function collected(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function asked(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<Answer>((done, failed) => {
    const { "transfer-encoding": _, ...kept } = headers;
    const all = { ...kept, host: new URL(target).host, "content-length": `${body.length}` };
    const outgoing = request(`${target}${url}`, { method: method ?? "GET", headers: all }, async (answer) => {
      done({ status: answer.statusCode ?? 500, headers: answer.headers, bytes: await collected(answer) });
    });
    outgoing.on("error", failed).end(body);
  });
}
