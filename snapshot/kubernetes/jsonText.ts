const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/**
 * One string of a JSON document as it lies in the bytes, so that it becomes a JavaScript string only where somebody asks. One
 * object is used again and again.
 */
export class JsonText {
  private bytes: Buffer = Buffer.alloc(0);
  /** Inside the quotes; -1: there is no string. */
  start = -1;
  end = -1;
  /** What it says, where escapes have to be read; undefined otherwise. */
  private unescaped: string | undefined;

  clear(): void {
    this.start = this.end = -1;
    this.unescaped = undefined;
  }

  /**
   * Takes the string whose opening quote is at `start`.
   * @returns the place behind its closing quote; -1 when there is none before `end`
   */
  take(bytes: Buffer, start: number, end: number): number {
    this.clear();
    let hasEscape = false;
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH) {
        hasEscape = true;
        at++;
      } else if (byte === QUOTE) {
        if (!hasEscape || this.unescape(bytes, start, at + 1)) {
          this.bytes = bytes;
          this.start = start + 1;
          this.end = at;
        }
        return at + 1;
      }
    }
    return -1;
  }

  /** Whether the bytes between the quotes are what the string says. */
  get isPlain(): boolean {
    return this.start >= 0 && this.unescaped === undefined;
  }

  /** There is none, or it says nothing. */
  get isEmpty(): boolean {
    return this.end <= this.start;
  }

  /** Whether it says this, which is ASCII. */
  says(text: string): boolean {
    if (!this.isPlain) return this.unescaped === text;
    if (this.end - this.start !== text.length) return false;
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[this.start + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  /** undefined: there is none, or its escapes are none of JSON's. */
  toText(): string | undefined {
    if (this.start < 0) return undefined;
    return this.unescaped ?? this.bytes.toString("utf8", this.start, this.end);
  }

  private unescape(bytes: Buffer, start: number, end: number): boolean {
    try {
      this.unescaped = JSON.parse(bytes.toString("utf8", start, end)) as string;
      return true;
    } catch {
      return false;
    }
  }
}
