import { KeyedHash } from "../keyedHash";

/** Texts lie side by side in pieces of this size. */
const PIECE_BYTES = 1 << 16;

/**
 * Gives equal byte strings equal small numbers, without making a string of each occurrence. What it takes is bounded:
 * the texts come from a file that anybody may have made.
 */
export class Interner {
  /** The number of every text that is refused. */
  static readonly REFUSED = -1;
  private readonly texts: Buffer[] = [];
  private readonly hash = new KeyedHash();
  private slots = new Int32Array(256).fill(-1);
  private piece = Buffer.alloc(0);

  /**
   * @param limit texts; further ones are refused.
   * @param longest bytes of one text; longer ones are refused.
   */
  constructor(
    private readonly limit: number,
    private readonly longest: number,
  ) {}

  /** The number of the bytes in `[start, end)`: 0, 1, 2... in order of first occurrence, or {@link REFUSED}. */
  idOf(bytes: Buffer, start: number, end: number): number {
    if (end - start > this.longest) return Interner.REFUSED;
    this.hash.update(bytes, start, end);
    const mask = this.slots.length - 1;
    for (let slot = this.hash.first & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] ?? -1;
      if (id < 0)
        return this.texts.length < this.limit ? this.add(bytes, start, end, slot) : Interner.REFUSED;
      const known = this.texts[id];
      if (known !== undefined && equals(known, bytes, start, end)) return id;
    }
  }

  /** The bytes behind a number. */
  bytesOf(id: number): Buffer {
    return this.texts[id] ?? Buffer.alloc(0);
  }

  text(id: number): string {
    return this.bytesOf(id).toString("utf8");
  }

  get size(): number {
    return this.texts.length;
  }

  private add(bytes: Buffer, start: number, end: number, slot: number): number {
    const id = this.texts.push(this.keep(bytes.subarray(start, end))) - 1;
    this.slots[slot] = id;
    if (this.texts.length * 2 > this.slots.length) this.grow();
    return id;
  }

  private keep(text: Buffer): Buffer {
    if (text.length > this.piece.length)
      this.piece = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, text.length));
    text.copy(this.piece);
    const kept = this.piece.subarray(0, text.length);
    this.piece = this.piece.subarray(text.length);
    return kept;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.texts.length; id++) {
      const text = this.bytesOf(id);
      this.hash.update(text, 0, text.length);
      let slot = this.hash.first & mask;
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}

function equals(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
