import { StringDecoder } from "node:string_decoder";
import { goQuote } from "./goQuote";
import { LogLines } from "./logLines";

/** What a command printed, without one trailing newline each. */
export interface ShellOutput {
  readonly stdout: string;
  readonly stderr: string;
}

export const noOutput: ShellOutput = { stdout: "", stderr: "" };

/** What a command prints, kept apart and together, and shown line by line. */
export class CommandOutput {
  readonly #texts = { stdout: "", stderr: "" };
  readonly #lines: LogLines;
  readonly #logging: string | undefined;
  readonly #stop: () => void;
  #together = "";
  #overlong = false;

  /**
   * @param logging which streams are shown: stdout, stderr, stdoutAndStderr (default) or none
   * @param stop ends a command whose output cannot be shown
   */
  constructor(logging: string | undefined, log: (line: string) => void, stop: () => void) {
    this.#lines = new LogLines(log);
    this.#logging = logging;
    this.#stop = stop;
  }

  collect(name: "stdout" | "stderr", stream: NodeJS.ReadableStream | null): void {
    const other = name === "stdout" ? "stderr" : "stdout";
    const logged = this.#logging !== other && this.#logging !== "none";
    const decoder = new StringDecoder("utf8");
    stream?.on("data", (chunk: Buffer) => {
      const text = decoder.write(chunk);
      this.#texts[name] += text;
      this.#together += text;
      if (logged && !this.#overlong && !this.#lines.push(text)) {
        this.#overlong = true;
        this.#stop();
      }
    });
  }

  /** The output of a command that has ended. Throws with `reason`, the command and all output unless it is undefined. */
  result(command: string, reason: string | undefined): ShellOutput {
    this.#lines.end();
    if (this.#overlong) {
      throw new Error(overlongMessage(command));
    }
    if (reason !== undefined) {
      throw commandFailure(reason, command, this.#together);
    }
    return { stdout: trimNewline(this.#texts.stdout), stderr: trimNewline(this.#texts.stderr) };
  }
}

export function commandFailure(reason: string, command: string, output: string): Error {
  return new Error(`${reason}: running ${goQuote(command)}:\n${output}`);
}

function trimNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

function overlongMessage(command: string): string {
  return `a line of 64 KiB or more was printed while logging is on; the official plugin hangs on it, so set "logging": running ${goQuote(command)}`;
}
