import type { Progress } from "../../snapshot";

/** Options that every command on snapshot files has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly allowUnhashed?: boolean;
}

const CLEAR_LINE = "\r\u001b[K";

/** Shows how far the reading of a long file is, on a terminal only; answers nothing to call otherwise. */
export function progressLine(
  path: string,
  options: CommonOptions,
): ((progress: Progress) => void) | undefined {
  if (options.quiet === true || process.stderr.isTTY !== true) return undefined;
  return ({ doneBytes, totalBytes }) => {
    const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
    process.stderr.write(`${CLEAR_LINE}Reading ${path} ${percent} %`);
  };
}

/** Removes the line again. */
export function clearProgress(options: CommonOptions): void {
  if (options.quiet !== true && process.stderr.isTTY === true) process.stderr.write(CLEAR_LINE);
}
