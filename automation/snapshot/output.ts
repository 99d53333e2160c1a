import type { Problem } from "../../snapshot";
import { ExitCode } from "../exitCode";

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Says why a file is refused and sets the exit code. With `json` on standard output, else on standard error. */
export function refuse(
  problem: Problem,
  json: boolean | undefined,
  fields: Record<string, unknown> = {},
): void {
  process.exitCode = ExitCode.refused;
  if (json === true) printJson({ ...fields, problem });
  else process.stderr.write(`${problem.message} ${problem.remedy}\n`);
}

/** Rows as aligned columns, two spaces apart; numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, String(cell).length);
  }
  const pad = (cell: string | number, i: number) =>
    typeof cell === "number" ? String(cell).padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** 1195008032 as "1.20 GB": decimal units, as disks have them. */
export function size(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}
