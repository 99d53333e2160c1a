const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * The identity of an object stored as JSON (custom resources, CustomResourceDefinitions, APIServices): `apiVersion`,
 * `kind` and `metadata` {name, namespace, uid} of the top level, found by scanning tokens. The API server writes the
 * keys in alphabetic order, so that the scan ends long before the object does.
 */
export class JsonIdentity {
  apiVersion = "";
  kind = "";
  name: string | undefined;
  namespace: string | undefined;
  uid: string | undefined;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private end = 0;
  private isDamaged = false;

  /** Reads the object that begins at `start`; false when it is not a Kubernetes object. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.apiVersion = this.kind = "";
    this.name = this.namespace = this.uid = undefined;
    this.isDamaged = !endsObject(bytes, start, end);
    let hasMetadata = false;
    this.members((key) => {
      if (key === "apiVersion") this.apiVersion = this.text() ?? "";
      else if (key === "kind") this.kind = this.text() ?? "";
      else if (key === "metadata") {
        hasMetadata = true;
        this.metadata();
      } else this.skip();
      return this.apiVersion === "" || this.kind === "" || !hasMetadata;
    });
    return !this.isDamaged && this.apiVersion !== "" && this.kind !== "";
  }

  private metadata(): void {
    if (this.peek() !== OPEN_OBJECT) {
      this.skip();
      return;
    }
    this.members((key) => {
      if (key === "name") this.name = this.text();
      else if (key === "namespace") this.namespace = this.text();
      else if (key === "uid") this.uid = this.text();
      else this.skip();
      return true;
    });
  }

  /** Calls `member` for each key of the object at `at`; it consumes the value and answers whether to go on. */
  private members(member: (key: string) => boolean): void {
    if (this.peek() !== OPEN_OBJECT) return;
    this.at++;
    while (this.peek() !== CLOSE_OBJECT) {
      const key = this.text();
      if (key === undefined || this.peek() !== COLON) {
        this.giveUp();
        return;
      }
      this.at++;
      if (!member(key)) return;
      if (this.peek() === COMMA) this.at++;
      else if (this.peek() !== CLOSE_OBJECT) this.giveUp();
    }
    this.at++;
  }

  /** The string at `at`; undefined, consuming any other value, when there is none. */
  private text(): string | undefined {
    if (this.peek() !== QUOTE) return void this.skip();
    const start = this.at;
    if (!this.skipString()) return undefined;
    const inside = this.bytes.subarray(start + 1, this.at - 1);
    if (!inside.includes(BACKSLASH)) return inside.toString("utf8");
    try {
      return JSON.parse(this.bytes.toString("utf8", start, this.at)) as string;
    } catch {
      return undefined;
    }
  }

  private skip(): void {
    let depth = 0;
    do {
      const byte = this.peek();
      if (byte < 0) return;
      if (byte === QUOTE) {
        if (!this.skipString()) return;
        continue;
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (depth === 0) return;
        depth--;
      } else if (byte === COMMA && depth === 0) return;
      this.at++;
    } while (depth > 0 || !this.atBoundary());
  }

  private atBoundary(): boolean {
    const byte = this.peek();
    return byte < 0 || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
  }

  private skipString(): boolean {
    for (let at = this.at + 1; at < this.end; at++) {
      const byte = this.bytes[at];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) {
        this.at = at + 1;
        return true;
      }
    }
    this.giveUp();
    return false;
  }

  /** The next byte that is no white space, or -1 at the end. */
  private peek(): number {
    while (this.at < this.end && (this.bytes[this.at] ?? 0) <= 0x20) this.at++;
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1;
  }

  private giveUp(): void {
    this.isDamaged = true;
    this.at = this.end;
  }
}

/** Whether the last byte that is no white space closes an object: what was cut off ends otherwise, mostly. */
function endsObject(bytes: Buffer, start: number, end: number): boolean {
  let last = end - 1;
  while (last > start && (bytes[last] ?? 0) <= 0x20) last--;
  return bytes[last] === CLOSE_OBJECT;
}
