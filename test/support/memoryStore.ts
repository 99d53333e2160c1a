import { Readable } from "node:stream";
import { bytesOf, type Content } from "../../store/content";
import { type ByteRange, isStoreKey, type Store, type StoredObject } from "../../store/store";
import { invalidKey, StoreError } from "../../store/storeError";

/** A store in memory, which tests may disturb. Keeps the contract of stores. */
export class MemoryStore implements Store {
  readonly location = "memory:";
  readonly objects = new Map<string, Buffer>();
  /** Why an object cannot be removed. */
  readonly held = new Map<string, string>();
  /** Keys in the order of writing. */
  readonly written: string[] = [];
  readonly removed: string[] = [];
  /** So many writes are done; the next one is killed. */
  dieAfter = Number.POSITIVE_INFINITY;

  constructor(private readonly options: { readonly crc32c?: (bytes: Buffer) => string } = {}) {}

  /** Whatever the rules say. */
  put(key: string, text: string): void {
    this.objects.set(key, Buffer.from(text));
  }

  address(key: string): string {
    return `${this.location}/${key}`;
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    return keys.map((key) => this.described(key));
  }

  private described(key: string): StoredObject {
    const bytes = this.objects.get(key) ?? Buffer.alloc(0);
    const held = this.held.get(key);
    const { crc32c } = this.options;
    return {
      key,
      bytes: bytes.length,
      ...(crc32c === undefined ? {} : { crc32c: crc32c(bytes) }),
      ...(held === undefined ? {} : { held }),
    };
  }

  read(key: string, { start, end }: ByteRange = { start: 0 }): Readable {
    const bytes = this.objects.get(key);
    const store = this;
    return Readable.from(
      (function* () {
        if (!isStoreKey(key)) throw invalidKey(store.location, key);
        if (bytes === undefined) throw new StoreError("missing", `${key} is not there.`);
        yield bytes.subarray(start, end === undefined ? undefined : end + 1);
      })(),
      { objectMode: false },
    );
  }

  async writeOnce(key: string, content: Content): Promise<StoredObject> {
    if (!isStoreKey(key)) throw invalidKey(this.location, key);
    const bytes = await bytesOf(content.open(), 1 << 30);
    const before = this.objects.get(key);
    if (before !== undefined && !before.equals(bytes))
      throw new StoreError("exists", `${key} exists already.`);
    if (before === undefined && this.written.length >= this.dieAfter) throw new Error("killed");
    if (before === undefined) this.written.push(key);
    this.objects.set(key, bytes);
    return this.described(key);
  }

  async remove(key: string): Promise<void> {
    if (!isStoreKey(key)) throw invalidKey(this.location, key);
    const held = this.held.get(key);
    if (held !== undefined) throw new StoreError("held", `${key}: ${held}.`);
    if (this.objects.delete(key)) this.removed.push(key);
  }
}
