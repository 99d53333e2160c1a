/** Longest line that the official plugin can log: its scanner stops there and the command hangs for ever. */
const longestLine = 64 * 1024;

/** Cuts what a command prints into lines, as they become complete. */
export class LogLines {
  #rest = "";

  constructor(private readonly emit: (line: string) => void) {}

  /** Returns false when the line has become too long to be logged. */
  push(text: string): boolean {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      this.emit(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    return [...lines, this.#rest].every((line) => Buffer.byteLength(line) < longestLine);
  }

  end(): void {
    if (this.#rest !== "") {
      this.emit(this.#rest);
    }
  }
}
