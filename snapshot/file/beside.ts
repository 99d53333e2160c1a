/** Bytes that are compared at once: a page, on most machines. */
const BLOCK_BYTES = 4096;

/**
 * The window that one of two files is read from, and which blocks of it the other file has in the same place. Two
 * snapshots of one member differ in a few pages of a hundred: what lies in the others need not be compared again.
 */
export class Beside {
  /** Where the window begins, in bytes; -1 before the first. */
  position = -1;
  private window: Buffer = Buffer.alloc(0);
  private same: Uint8Array = new Uint8Array(0);

  /** Notes the next window. It is used until it is compared, or the next one is offered. */
  offer(window: Buffer, position: number): void {
    this.window = window;
    this.position = position;
    const blocks = Math.ceil(window.length / BLOCK_BYTES);
    if (this.same.length < blocks) this.same = new Uint8Array(blocks);
    this.same.fill(0);
  }

  /** Compares the windows of two files, block by block, when they are of the same place. */
  compare(other: Beside): void {
    if (this.position !== other.position) return;
    const bytes = Math.min(this.window.length, other.window.length);
    for (let block = 0, at = 0; at + BLOCK_BYTES <= bytes; block++, at += BLOCK_BYTES) {
      const end = at + BLOCK_BYTES;
      const isSame = this.window.compare(other.window, at, end, at, end) === 0;
      this.same[block] = other.same[block] = isSame ? 1 : 0;
    }
  }

  /** Whether the other file has the same bytes in the same place; `start` counts from the window's begin. */
  isSame(start: number, length: number): boolean {
    const last = Math.floor((start + length - 1) / BLOCK_BYTES);
    for (let block = Math.floor(start / BLOCK_BYTES); block <= last; block++) {
      if (this.same[block] !== 1) return false;
    }
    return true;
  }
}
