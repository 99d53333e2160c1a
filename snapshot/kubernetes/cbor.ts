import { isUtf8 } from "node:buffer";
import { halfFloat, rfc3339, toInteger } from "./cborNumbers";
import { MOST_VALUES, TooManyValues } from "./valueLimit";

/** Self-describe tag 55799 (RFC 8949 §3.4.6), with which the API server begins every CBOR value. */
const SELF_DESCRIBE = Buffer.from([0xd9, 0xd9, 0xf7]);
/** `MaxNestedLevels` of `k8s.io/apimachinery/pkg/runtime/serializer/cbor/internal/modes/decode.go`. */
const MAX_DEPTH = 10_000;
const INDEFINITE = 31;
const EPOCH_TAG = 1n;
/** Tags 2 and 3, integers of any length, which the API server refuses: JSON has no place for them. */
const BIG_INTEGERS = [2n, 3n];
/** "Expected later encoding" of a byte string (RFC 8949 §3.4.5.2), by tag. */
const LATER_ENCODINGS = new Map<bigint | undefined, "base64url" | "base64" | "hex">([
  [21n, "base64url"],
  [22n, "base64"],
  [23n, "hex"],
]);

export function isCbor(value: Buffer): boolean {
  return value.length > SELF_DESCRIBE.length && value.subarray(0, SELF_DESCRIBE.length).equals(SELF_DESCRIBE);
}

/**
 * Decodes a value that {@link isCbor}, by the rules of the API server's own decoder: byte strings are text, integers
 * fit in 64 bits (above 2^53 they are bigints), NaN, infinity, repeated keys and bytes behind the value are errors.
 * No library: cborg cannot be loaded from CommonJS, and all of them recurse, where 10,000 levels are allowed.
 *
 * @param levels of maps that are kept, and no lists: the rest is read as strictly, and null. For who wants to know what an
 * object is, and not what it holds: a mebibyte may be a million empty lists.
 * @returns undefined when the API server could not read it, or when what is kept would be more than {@link MOST_VALUES}
 * @throws TooManyValues where all of it is to be kept
 */
export function decodeCbor(value: Buffer, levels = Infinity): unknown {
  try {
    return new CborReader(value, levels).read();
  } catch (error) {
    if (error instanceof RangeError || (error instanceof TooManyValues && levels !== Infinity))
      return undefined;
    throw error;
  }
}

/** A list, map or tag whose content is being read. */
interface Open {
  /** What is left of it; infinite for one that a break ends. */
  left: number;
  readonly list?: unknown[];
  readonly map?: Map<string, unknown>;
  /** Of a map, when its value comes next. */
  key?: string;
  readonly tag?: bigint;
  /** Values that lay in others when it began. */
  held?: number;
}

/** Nothing to hand to the container around: more of it has to be read. */
const PENDING = Symbol("pending");

/** The data model of JSON in CBOR (RFC 8949); without recursion, since objects may be nested deeper than a stack is. */
class CborReader {
  private readonly open: Open[] = [];
  /** Behind the tag that {@link isCbor} has seen, which is no level of its own. */
  private at = SELF_DESCRIBE.length;
  /** How many of the open ones are tags. */
  private tags = 0;
  /** Values that lie in lists and maps at this moment. */
  private held = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly levels: number,
  ) {}

  read(): unknown {
    for (;;) {
      let value = this.item();
      for (
        let around = this.open.at(-1);
        value !== PENDING && around !== undefined;
        around = this.open.at(-1)
      )
        value = this.put(around, value);
      if (value === PENDING) continue;
      if (this.at !== this.bytes.length) throw new RangeError("bytes behind the value");
      return value;
    }
  }

  /** The next value, or PENDING behind the head of one that contains others. */
  private item(): unknown {
    const initial = this.bytes.readUInt8(this.at++);
    const major = initial >> 5;
    const detail = initial & 0x1f;
    if (major === 7) return this.simple(detail);
    if (major === 2 || major === 3) return this.text(major, detail);
    if (major === 4 || major === 5)
      return this.enter(containerOf(major, detail === INDEFINITE ? Infinity : this.length(detail)));
    if (major === 0 && detail < 24) return detail;
    const argument = this.argument(detail);
    if (major < 2) return toInteger(major === 0 ? argument : -1n - argument);
    return this.enter({ left: 1, tag: argument });
  }

  private argument(detail: number): bigint {
    if (detail < 24) return BigInt(detail);
    const bytes = 1 << (detail - 24);
    if (bytes > 8) throw new RangeError("a length of no kind");
    const start = this.at;
    this.at += bytes;
    return bytes === 8 ? this.bytes.readBigUInt64BE(start) : BigInt(this.bytes.readUIntBE(start, bytes));
  }

  private enter(container: Open): unknown {
    container.held = this.held;
    if (container.left === 0) return this.finish(container);
    if (container.tag !== undefined) this.tags++;
    if (this.open.push(container) > MAX_DEPTH) throw new RangeError("nested too deeply");
    return PENDING;
  }

  /** Puts a value into the innermost container; answers the container itself when that was its last. */
  private put(around: Open, value: unknown): unknown {
    if (around.map !== undefined && around.key === undefined) {
      if (typeof value !== "string" || around.map.has(value))
        throw new RangeError("no key, or a repeated one");
      around.key = value;
      return PENDING;
    }
    if (around.map !== undefined) {
      around.map.set(around.key as string, this.level <= this.levels ? value : null);
      around.key = undefined;
      this.hold();
    } else if (this.levels !== Infinity) {
      if (around.list !== undefined) this.held = around.held ?? 0;
    } else if (around.list !== undefined) {
      around.list.push(value);
      this.hold();
    }
    if (--around.left > 0) return PENDING;
    this.open.pop();
    if (around.tag === undefined) return this.finish(around);
    this.tags--;
    return tagged(around.tag, value);
  }

  private hold(): void {
    if (++this.held > MOST_VALUES) throw new TooManyValues();
  }

  /** How many maps and lists are open. */
  private get level(): number {
    return this.open.length - this.tags;
  }

  /** What a container holds, when nothing of it is left. */
  private finish({ list, map, held = 0 }: Open): unknown {
    if (this.level >= this.levels) {
      this.held = held;
      return null;
    }
    return map === undefined ? list : Object.fromEntries(map);
  }

  private text(major: number, detail: number): string {
    const bytes = detail === INDEFINITE ? this.chunks(major) : this.string(detail);
    if (major === 3 && !isUtf8(bytes)) throw new RangeError("text that is not UTF-8");
    const encoding = major === 2 ? LATER_ENCODINGS.get(this.open.at(-1)?.tag) : undefined;
    return bytes.toString(encoding ?? "utf8");
  }

  private string(detail: number): Buffer {
    const length = this.length(detail);
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  /** A mebibyte may be a million empty chunks: they are measured first, and none is kept. */
  private chunks(major: number): Buffer {
    const start = this.at;
    let length = 0;
    for (let chunk = this.chunk(major); chunk >= 0; chunk = this.chunk(major)) length += chunk;
    this.at = start;
    const text = Buffer.allocUnsafe(length);
    let filled = 0;
    for (let chunk = this.chunk(major); chunk >= 0; chunk = this.chunk(major)) {
      if (chunk > 0) filled += this.bytes.copy(text, filled, this.at - chunk, this.at);
    }
    return text;
  }

  /** Goes behind the next chunk of a string, and answers its length; -1 behind the last. */
  private chunk(major: number): number {
    const initial = this.bytes.readUInt8(this.at++);
    if (initial === 0xff) return -1;
    if (initial >> 5 !== major || (initial & 0x1f) === INDEFINITE)
      throw new RangeError("no chunk of a string");
    const length = this.length(initial & 0x1f);
    this.at += length;
    return length;
  }

  private simple(detail: number): unknown {
    if (detail === 20 || detail === 21) return detail === 21;
    if (detail === 22) return null;
    if (detail === INDEFINITE) return this.endIndefinite();
    const number = this.float(detail);
    if (!Number.isFinite(number)) throw new RangeError("no number of JSON");
    return number;
  }

  private float(detail: number): number {
    const start = this.at;
    if (detail === 25) this.at += 2;
    if (detail === 26) this.at += 4;
    if (detail === 27) this.at += 8;
    if (detail === 25) return halfFloat(this.bytes.readUInt16BE(start));
    if (detail === 26) return this.bytes.readFloatBE(start);
    if (detail === 27) return this.bytes.readDoubleBE(start);
    throw new RangeError(`simple value ${detail}`);
  }

  private endIndefinite(): unknown {
    const ended = this.open.pop();
    if (ended?.left !== Infinity || ended.key !== undefined)
      throw new RangeError("a break where none belongs");
    return this.finish(ended);
  }

  /** A length or count, which cannot be larger than the bytes that are left. */
  private length(detail: number): number {
    const length = detail < 24 ? detail : this.argument(detail);
    if (length > this.bytes.length - this.at) throw new RangeError("longer than the value");
    return Number(length);
  }
}

function containerOf(major: number, left: number): Open {
  return major === 4 ? { left, list: [] } : { left, map: new Map() };
}

/** Unknown tags say nothing: their content does. */
function tagged(tag: bigint, value: unknown): unknown {
  if (BIG_INTEGERS.includes(tag)) throw new RangeError("an integer of any length");
  return tag === EPOCH_TAG ? rfc3339(Number(value)) : value;
}
