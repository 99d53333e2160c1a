/** Gives equal byte strings equal small numbers, without making a string of each occurrence. */
export class Interner {
  private readonly texts: Buffer[] = [];
  private slots = new Int32Array(256).fill(-1);

  /** The number of the bytes in `[start, end)`: 0, 1, 2... in order of first occurrence. */
  idOf(bytes: Buffer, start: number, end: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hashOf(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] ?? -1;
      if (id < 0) return this.add(bytes, start, end, slot);
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
    const id = this.texts.push(Buffer.from(bytes.subarray(start, end))) - 1;
    this.slots[slot] = id;
    if (this.texts.length * 2 > this.slots.length) this.grow();
    return id;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.texts.length; id++) {
      const text = this.bytesOf(id);
      let slot = hashOf(text, 0, text.length) & mask;
      while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}

function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c_9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x0100_0193);
  return hash ^ (hash >>> 15);
}

function equals(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
