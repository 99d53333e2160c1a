import { parse, stringify } from "lossless-json";

/** Where a number of 16 digits or more may stand: only such ones are beyond what a double holds exactly. */
const longNumber = /(?:^|[:,[\s])-?\d{16}/;

/**
 * Parses JSON without a loss: an integer beyond 2^53 becomes a bigint, every other number a number.
 *
 * @throws SyntaxError
 */
export function parseJson<T = unknown>(text: string): T {
  if (!longNumber.test(text)) return JSON.parse(text) as T;
  return parse(text, null, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue }) as T;
}

function exactNumber(digits: string): number | bigint {
  const value = Number(digits);
  return /^-?\d+$/.test(digits) && !Number.isSafeInteger(value) ? BigInt(digits) : value;
}

/** Writes JSON that {@link parseJson} reads as the same value; a bigint becomes an integer. */
export function stringifyJson(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError("this value has no form in JSON");
  return text;
}
