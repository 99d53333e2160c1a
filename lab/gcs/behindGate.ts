import { type IncomingMessage, request } from "node:http";
import type { ObjectMetadata } from "./gateProtection";

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
}

/** A stream's bytes. */
export async function collected(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The server behind a gate, asked as whoever asked the gate, but without his credentials. */
export class BehindGate {
  constructor(readonly url: string) {}

  async ask({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { "transfer-encoding": _, authorization: __, ...kept } = headers;
    const all = { ...kept, host: new URL(this.url).host, "content-length": `${body.length}` };
    const answer = await new Promise<IncomingMessage>((done, fail) => {
      const options = { method: method ?? "GET", headers: all };
      request(`${this.url}${url}`, options, done).on("error", fail).end(body);
    });
    return { status: answer.statusCode ?? 500, headers: answer.headers, bytes: await collected(answer) };
  }

  /** Undefined of an object that is not there. */
  async metadata(bucket: string, name: string): Promise<ObjectMetadata | undefined> {
    const answer = await fetch(this.#addressOf(bucket, name));
    return answer.ok ? ((await answer.json()) as ObjectMetadata) : undefined;
  }

  async bytes(bucket: string, name: string): Promise<Buffer> {
    const answer = await fetch(`${this.#addressOf(bucket, name)}?alt=media`);
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Stores an object, over whatever is there. */
  async put(bucket: string, name: string, bytes: Buffer): Promise<ObjectMetadata> {
    const address = `${this.url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`;
    const answer = await fetch(address, { method: "POST", body: new Uint8Array(bytes) });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return (await answer.json()) as ObjectMetadata;
  }

  #addressOf(bucket: string, name: string): string {
    return `${this.url}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  }
}
