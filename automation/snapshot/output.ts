import { type Problem, type ProblemCode, printable } from "../../snapshot";
import { type Format, print, printDocument } from "../commandLine/documents";
import { ExitCode } from "../exitCode";

/** Of what is no verdict on the file: it is not there, it could not be asked, or it does not hold what was asked for. */
const otherExits: Partial<Record<ProblemCode, number>> = {
  "not-found": ExitCode.usage,
  "no-space": ExitCode.failed,
  "no-temporary-file": ExitCode.failed,
  "no-thread": ExitCode.failed,
  "no-such-object": ExitCode.failed,
};

/** The exit code of a problem (docs/reference/refusals.md). */
export const exitOf = ({ code }: Problem): number => otherExits[code] ?? ExitCode.refused;

/** Says why a file is refused and sets the exit code. Documents go to standard output, a sentence to standard error. */
export function refuse(problem: Problem, format: Format): void {
  process.exitCode = exitOf(problem);
  if (format === "table") process.stderr.write(`${printable(`${problem.message} ${problem.remedy}`)}\n`);
  else printDocument(format, { valid: false, problem });
}

/** Prints for people, or the document for programs. */
export function show(format: Format, table: () => string, document: () => object): void {
  if (format === "table") print(table());
  else printDocument(format, document());
}

/** Columns are made no wider for a cell that is longer: etcd takes keys of a mebibyte. */
const WIDEST_CELL = 120;

/** Rows as aligned columns, two spaces apart; numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) {
      const { length } = String(cell);
      widths[i] = Math.max(widths[i] ?? 0, length > WIDEST_CELL ? 0 : length);
    }
  }
  const pad = (cell: string | number, i: number) =>
    typeof cell === "number" ? String(cell).padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** "1 revision", "2 revisions". */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** 1195008032 as "1.20 GB": decimal units, as disks have them. */
export function size(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? counted(bytes, "byte") : `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}
