import { appendFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { formatSeconds } from "../progress";

/** What the demo tells a person who watches: on the terminal and in a log file, the same words. */
export class Account {
  readonly #logFile: string;
  readonly #startedAt: number;

  /** @param startedAt milliseconds since the epoch; chapters show the time since then */
  constructor(logFile: string, startedAt: number) {
    this.#logFile = logFile;
    this.#startedAt = startedAt;
  }

  /** Begins a part of the demo. */
  chapter(title: string): void {
    const elapsed = formatSeconds((Date.now() - this.#startedAt) / 1000);
    const heading = process.stdout.isTTY ? `\u001b[1m${title}\u001b[0m` : title;
    this.#write(`\n${heading}${" ".repeat(Math.max(2, 96 - title.length))}${elapsed}`);
  }

  /** What is being done, or was seen. */
  say(text: string): void {
    for (const line of text.split("\n")) this.#write(`  ${line}`);
  }

  /** A figure: what, how much, and what it means. */
  figure(name: string, value: string, note = ""): void {
    this.#write(`  ${name.padEnd(34)} ${value.padStart(10)}   ${note}`.trimEnd());
  }

  /** Whether something that must hold does. */
  check(holds: boolean, what: string): void {
    this.#write(`  ${holds ? "ok  " : "FAIL"} ${what}`);
  }

  /** Text of another program, set off from the account's own. */
  quote(text: string): void {
    for (const line of text.trimEnd().split("\n")) this.#write(`  | ${line}`.trimEnd());
  }

  #write(line: string): void {
    process.stdout.write(`${line}\n`);
    // Synchronous, so that the account is whole whatever ends the process.
    appendFileSync(this.#logFile, `${stripVTControlCharacters(line)}\n`);
  }
}
