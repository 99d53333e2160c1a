import { Readable, Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Bucket, CRC32C, File, FileMetadata } from "@google-cloud/storage";
import type { Content } from "./content";
import { type GcsOptions, openBucket, secondsOf, uploadSession } from "./gcsBucket";
import { gcsError } from "./gcsErrors";
import { aborting, progressing } from "./progressing";
import { type ByteRange, isStoreKey, type Store, type StoredObject } from "./store";
import { invalidKey, StoreError } from "./storeError";

export type { GcsOptions } from "./gcsBucket";

/** Bytes of one request of an upload; a multiple of 256 KiB. What failed is sent again from the last that arrived. */
const CHUNK = 16 << 20;

/**
 * A store in a bucket of Google Cloud Storage. What is written is created, never replaced, so its identity needs the one
 * right to create objects; credentials are the application's default ones.
 */
export class GcsStore implements Store {
  readonly location: string;
  readonly #seconds: number;
  #opened: Bucket | undefined;

  /** @param prefix below which everything lies, without slashes at its ends; empty for the bucket itself */
  constructor(
    private readonly bucket: string,
    private readonly prefix = "",
    private readonly options: GcsOptions = {},
  ) {
    this.location = `gs://${[bucket, prefix].filter((one) => one !== "").join("/")}`;
    this.#seconds = secondsOf(options);
  }

  address(key: string): string {
    return `${this.location}/${key}`;
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const ask = async () => {
      const [files] = await this.#bucket().getFiles({ prefix: this.#nameOf(prefix), versions: false });
      return files.map(({ name, metadata }) => this.#described(name, metadata));
    };
    const all = await this.#asked(this.location, ask);
    // what was named by hand may have a key that no store takes, e.g. that of a folder
    return all.filter(({ key }) => isStoreKey(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  read(key: string, range?: ByteRange): Readable {
    return Readable.from(this.#bytes(key, range), { objectMode: false });
  }

  async *#bytes(key: string, range: ByteRange | undefined): AsyncGenerator<Buffer> {
    const file = this.#file(key);
    try {
      const stream = file.createReadStream({ ...range, decompress: false, validation: range === undefined });
      yield* progressing(stream, this.#seconds);
    } catch (cause) {
      throw gcsError(this.address(key), cause, "read");
    }
  }

  async writeOnce(key: string, content: Content): Promise<StoredObject> {
    const error = await this.#written(key, content);
    if (!(error instanceof StoreError)) return error;
    // the upload's session is gone, as after a lost answer: a new one is begun, once
    const last = error.fault === "missing" ? await this.#written(key, content) : error;
    if (!(last instanceof StoreError)) return last;
    if (last.fault !== "exists") throw last;
    return this.#sameAsBefore(key, content, last);
  }

  async #written(key: string, content: Content): Promise<StoredObject | StoreError> {
    const file = this.#file(key);
    const sum = new Checksum();
    try {
      const metadata = await this.#upload(file, content, sum);
      return arrived(this.address(key), this.#described(file.name, metadata), sum);
    } catch (cause) {
      const error = gcsError(this.address(key), cause, "write");
      if (error instanceof StoreError) return error;
      throw error;
    }
  }

  async #upload(file: File, content: Content, sum: Checksum): Promise<FileMetadata> {
    const options = {
      chunkSize: CHUNK,
      preconditionOpts: { ifGenerationMatch: 0 },
      metadata: { contentType: "application/octet-stream", cacheControl: "no-store" },
    };
    const uri = await uploadSession(file, options);
    // compared here: on a difference the library would delete the object, which nobody may who uploads
    const own = { ...options, resumable: true, validation: false };
    const target = file.createWriteStream(uri === undefined ? own : { ...own, uri });
    const watch = aborting(this.#seconds);
    target.on("progress", watch.moved);
    sum.on("data", watch.moved);
    try {
      await pipeline(content.open(), sum, target, { signal: watch.signal });
    } catch (cause) {
      throw watch.signal.aborted ? watch.signal.reason : cause;
    } finally {
      watch.end();
    }
    return file.metadata;
  }

  /** The same bytes are there: an answer was lost, or an earlier run wrote them. */
  async #sameAsBefore(key: string, content: Content, error: StoreError): Promise<StoredObject> {
    const found = await this.#asked(this.address(key), async () => {
      const [metadata] = await this.#file(key).getMetadata();
      return this.#described(this.#nameOf(key), metadata);
    }).catch(() => undefined);
    if (found === undefined) throw error;
    const sum = new Checksum();
    await pipeline(content.open(), sum.resume());
    if (found.crc32c !== sum.crc32c || found.bytes !== sum.bytes) throw error;
    return found;
  }

  async remove(key: string): Promise<void> {
    const file = this.#file(key);
    await this.#asked(this.address(key), () => file.delete({ ignoreNotFound: true }), "remove");
  }

  async #asked<T>(address: string, ask: () => Promise<T>, act: "read" | "remove" = "read"): Promise<T> {
    const watch = aborting(this.#seconds);
    const late = new Promise<never>((_, reject) => {
      watch.signal.addEventListener("abort", () => reject(watch.signal.reason));
    });
    try {
      return await Promise.race([ask(), late]);
    } catch (cause) {
      throw gcsError(address, cause, act);
    } finally {
      watch.end();
    }
  }

  #bucket(): Bucket {
    this.#opened ??= openBucket(this.bucket, this.options);
    return this.#opened;
  }

  #file(key: string): File {
    if (!isStoreKey(key)) throw invalidKey(this.location, key);
    return this.#bucket().file(this.#nameOf(key));
  }

  #nameOf(key: string): string {
    return this.prefix === "" ? key : `${this.prefix}/${key}`;
  }

  #described(name: string, metadata: FileMetadata): StoredObject {
    const key = this.prefix === "" ? name : name.slice(this.prefix.length + 1);
    const held = heldBy(metadata);
    return {
      key,
      bytes: Number(metadata.size ?? 0),
      ...(metadata.crc32c === undefined ? {} : { crc32c: metadata.crc32c }),
      ...(held === undefined ? {} : { held }),
    };
  }
}

function arrived(address: string, found: StoredObject, { crc32c, bytes }: Checksum): StoredObject {
  if (found.crc32c === crc32c && found.bytes === bytes) return found;
  const said = `${found.bytes} bytes with CRC32C ${found.crc32c ?? "unknown"}`;
  throw new StoreError(
    "corrupt",
    `${address}: the bucket has ${said}, sent were ${bytes} with ${crc32c}: it was damaged on its way.`,
    "The same command stores another.",
  );
}

/** What keeps an object from being removed now. */
function heldBy(metadata: FileMetadata): string | undefined {
  if (metadata.temporaryHold === true) return "a temporary hold";
  if (metadata.eventBasedHold === true) return "an event-based hold";
  const until = [metadata.retentionExpirationTime, metadata.retention?.retainUntilTime]
    .filter((time): time is string => typeof time === "string")
    .sort()
    .at(-1);
  return until !== undefined && Date.parse(until) > Date.now() ? `a retention until ${until}` : undefined;
}

/** Counts and sums up what passes. */
class Checksum extends Transform {
  bytes = 0;
  readonly #sum: CRC32C;

  constructor() {
    super();
    const { CRC32C: Sum } = require("@google-cloud/storage") as typeof import("@google-cloud/storage");
    this.#sum = new Sum();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.#sum.update(chunk);
    done(null, chunk);
  }

  /** In base64, as the bucket has it. */
  get crc32c(): string {
    return this.#sum.toString();
  }
}
