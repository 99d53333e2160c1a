import { JsonText } from "./jsonText";

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
  readonly apiVersion = new JsonText();
  readonly kind = new JsonText();
  readonly name = new JsonText();
  readonly namespace = new JsonText();
  readonly uid = new JsonText();
  private readonly key = new JsonText();
  private bytes: Buffer = Buffer.alloc(0);
  private start = 0;
  private at = 0;
  private end = 0;
  private isDamaged = false;

  /** Reads the object that begins at `start`; false when it is not a Kubernetes object. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.bytes = bytes;
    this.at = this.start = start;
    this.end = end;
    for (const text of [this.apiVersion, this.kind, this.name, this.namespace, this.uid]) text.clear();
    this.isDamaged = !endsObject(bytes, start, end);
    this.topLevel();
    return !this.isDamaged && !this.apiVersion.isEmpty && !this.kind.isEmpty;
  }

  /**
   * Whether the object read last says further on, where {@link read} does not look, once more what it is, or ends in
   * damage: who reads all of it knows something else.
   */
  isTwofold(): boolean {
    const places = () =>
      [this.apiVersion, this.kind, this.name, this.namespace, this.uid].map((text) => text.start);
    const found = places();
    this.at = this.start;
    this.topLevel(true);
    return this.isDamaged || places().some((place, n) => place !== found[n]);
  }

  private topLevel(toTheEnd = false): void {
    let hasMetadata = false;
    for (let isMember = this.enter(); isMember; isMember = this.next()) {
      if (this.key.says("apiVersion")) this.take(this.apiVersion);
      else if (this.key.says("kind")) this.take(this.kind);
      else if (this.key.says("metadata")) {
        hasMetadata = true;
        this.metadata();
      } else this.skip();
      if (!toTheEnd && hasMetadata && !this.apiVersion.isEmpty && !this.kind.isEmpty) return;
    }
  }

  private metadata(): void {
    if (this.peek() !== OPEN_OBJECT) return void this.skip();
    for (let isMember = this.enter(); isMember; isMember = this.next()) {
      if (this.key.says("name")) this.take(this.name);
      else if (this.key.says("namespace")) this.take(this.namespace);
      else if (this.key.says("uid")) this.take(this.uid);
      else this.skip();
    }
  }

  /** Goes to the value of the first member of the object at `at`; false where there is none. */
  private enter(): boolean {
    if (this.peek() !== OPEN_OBJECT) return false;
    this.at++;
    return this.takeKey();
  }

  /** Goes from behind a member's value to the value of the next one; false behind the last. */
  private next(): boolean {
    const byte = this.peek();
    if (byte === COMMA) this.at++;
    else if (byte !== CLOSE_OBJECT) return this.giveUp();
    return this.takeKey();
  }

  private takeKey(): boolean {
    if (this.peek() === CLOSE_OBJECT) {
      this.at++;
      return false;
    }
    this.take(this.key);
    if (this.key.start < 0 || this.peek() !== COLON) return this.giveUp();
    this.at++;
    return true;
  }

  /** Takes the string at `at`; any other value is consumed, and none. */
  private take(text: JsonText): void {
    text.clear();
    if (this.peek() !== QUOTE) return void this.skip();
    const behind = text.take(this.bytes, this.at, this.end);
    if (behind < 0) this.giveUp();
    else this.at = behind;
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
    return this.giveUp();
  }

  /** The next byte that is no white space, or -1 at the end. */
  private peek(): number {
    while (this.at < this.end && (this.bytes[this.at] ?? 0) <= 0x20) this.at++;
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1;
  }

  private giveUp(): false {
    this.isDamaged = true;
    this.at = this.end;
    return false;
  }
}

/** Whether the last byte that is no white space closes an object: what was cut off ends otherwise, mostly. */
function endsObject(bytes: Buffer, start: number, end: number): boolean {
  let last = end - 1;
  while (last > start && (bytes[last] ?? 0) <= 0x20) last--;
  return bytes[last] === CLOSE_OBJECT;
}
