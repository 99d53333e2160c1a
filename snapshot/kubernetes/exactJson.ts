import { parse } from "lossless-json";

/** A number of 16 digits may be above 2^53, beyond which `JSON.parse` rounds; one with an exponent of 3 may be infinite to it. */
const LONG_NUMBER = /\d{16}|[:,[\s-][\d.]+[eE]\+?\d{3}/;
const INTEGER = /^-?\d+$/;

/**
 * Parses JSON with every integer exact: above 2^53 as a bigint.
 * @throws SyntaxError for text that is no JSON, RangeError for what is nested too deeply to keep its numbers exact
 */
export function parseExact(text: string): unknown {
  // the engine's own parser is faster, and goes as deep as it must
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return parse(text, undefined, { parseNumber: exact, onDuplicateKey: ({ newValue }) => newValue });
}

function exact(digits: string): number | bigint {
  const number = Number(digits);
  // the API server refuses it as well; digits by the million would take minutes
  if (!Number.isFinite(number)) throw new SyntaxError("a number beyond all");
  return INTEGER.test(digits) && !Number.isSafeInteger(number) ? BigInt(digits) : number;
}
