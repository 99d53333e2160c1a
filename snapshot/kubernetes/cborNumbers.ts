/** @throws RangeError beyond 64 bits */
export function toInteger(value: bigint): number | bigint {
  if (BigInt.asIntN(64, value) !== value) throw new RangeError("beyond 64 bits");
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** IEEE 754 binary16, which no `Buffer` of Node 20 reads (RFC 8949, appendix D). */
export function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const size = exponent === 0 ? fraction * 2 ** -24 : (fraction + 1024) * 2 ** (exponent - 25);
  if (exponent === 0x1f) return fraction === 0 ? Infinity : Number.NaN;
  return bits & 0x8000 ? -size : size;
}

/** As Go's `time.RFC3339Nano`: without zeros at the end of the fraction. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.?0+Z$/, "Z");
}
