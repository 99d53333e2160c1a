import { type Progress, printable } from "../../snapshot";

const CLEAR_LINE = "\r\u001b[K";
/** Of a terminal that does not say its width. */
const COLUMNS = 80;
let shown = false;

/**
 * Shows how far the reading of a long file is, on a terminal only; undefined where nothing is to be called.
 *
 * @param what is read, for people
 */
export function progressOf(
  what: string,
  quiet: boolean | undefined,
): ((progress: Progress) => void) | undefined {
  const line = lineOf(quiet);
  return line === undefined
    ? undefined
    : ({ doneBytes, totalBytes }) => {
        const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
        line(`Reading ${printable(what)}`, ` ${percent} %`);
      };
}

/** Writes one line again and again, never longer than the terminal is wide: a line that wraps could not be removed. */
export function lineOf(quiet: boolean | undefined): ((text: string, end: string) => void) | undefined {
  const { isTTY, columns = COLUMNS } = process.stderr;
  if (quiet === true || isTTY !== true || process.env.TERM === "dumb") return undefined;
  return (text, end) => {
    const room = Math.max(columns - 1 - end.length, 0);
    const cut = text.length > room ? `${text.slice(0, Math.max(room - 1, 0))}…` : text;
    process.stderr.write(`${CLEAR_LINE}${cut}${end}`);
    shown = true;
  };
}

/** Removes the line again, where one is shown. */
export function clearProgress(): void {
  if (shown) process.stderr.write(CLEAR_LINE);
  shown = false;
}
