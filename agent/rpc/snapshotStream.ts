import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { pipeline, Transform, type TransformCallback } from "node:stream";
import type { ClientTls } from "./etcdConnection";
import { checkServerName } from "./serverName";
import { SnapshotFrames } from "./snapshotFrames";

/** etcd sends pieces of 32 KiB; a window of the standard's 64 KiB makes it wait for each. */
const WINDOW = 4 << 20;
/** Handed on together: what is done with a piece costs more than its bytes. */
const BATCH = 512 << 10;

/**
 * The snapshot of one member, as `Maintenance.Snapshot` streams it. Over HTTP/2 itself: putting gRPC's messages together
 * takes more processor time than all that is done with them.
 *
 * @param url `https://host:port`. @param signal ends it. @throws Error when the member refuses, or the stream does not come to its end
 */
export async function* snapshotStream(
  url: string,
  tls: ClientTls,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const settings = { initialWindowSize: WINDOW, enablePush: false };
  const session = connect(url, { ...tls, checkServerIdentity: checkServerName, settings });
  // of the session, which is also its stream's: that rejects
  session.on("error", () => undefined);
  session.once("connect", () => session.setLocalWindowSize(WINDOW));
  const stop = () => session.destroy();
  signal.addEventListener("abort", stop);
  try {
    yield* piecesOf(session);
  } finally {
    signal.removeEventListener("abort", stop);
    session.destroy();
  }
}

async function* piecesOf(session: ClientHttp2Session): AsyncGenerator<Buffer> {
  const request = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: "/etcdserverpb.Maintenance/Snapshot",
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    [constants.HTTP2_HEADER_TE]: "trailers",
  });
  let ending: IncomingHttpHeaders = {};
  // a refusal may come with the headers alone
  request.on("response", (headers) => (ending = { ...headers, ...ending }));
  request.on("trailers", (trailers) => (ending = { ...ending, ...trailers }));
  // an empty message: SnapshotRequest has no fields
  request.end(Buffer.alloc(5));
  const blobs = new Blobs();
  // what ends one of them ends the other, with its error
  pipeline(request, blobs, () => undefined);
  yield* blobs as AsyncIterable<Buffer>;
  checkEnding(ending);
  blobs.frames.finish();
}

/** What the messages carry, in batches. */
class Blobs extends Transform {
  readonly frames = new SnapshotFrames();
  private batch: Buffer[] = [];
  private bytes = 0;

  constructor() {
    super({ readableHighWaterMark: 2 * BATCH });
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    try {
      for (const piece of this.frames.push(chunk)) this.batch.push(piece);
    } catch (error) {
      done(error as Error);
      return;
    }
    this.bytes += chunk.length;
    if (this.bytes >= BATCH) this.hand();
    done();
  }

  override _flush(done: TransformCallback): void {
    this.hand();
    done();
  }

  private hand(): void {
    const bytes = Buffer.concat(this.batch);
    if (bytes.length > 0) this.push(bytes);
    this.batch = [];
    this.bytes = 0;
  }
}

/** gRPC says at the end how it went. @throws Error */
function checkEnding(headers: IncomingHttpHeaders): void {
  const [status, http] = [headers["grpc-status"], headers[constants.HTTP2_HEADER_STATUS]];
  if (status === "0") return;
  const message = String(headers["grpc-message"] ?? "");
  if (status !== undefined) throw new Error(decoded(message) || `gRPC status ${status}`);
  throw new Error(String(http) === "200" ? "the stream ended early" : `HTTP status ${http ?? "unknown"}`);
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
