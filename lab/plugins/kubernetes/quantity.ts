const suffixes: Readonly<Record<string, bigint>> = {
  Ki: 2n ** 10n,
  Mi: 2n ** 20n,
  Gi: 2n ** 30n,
  Ti: 2n ** 40n,
  Pi: 2n ** 50n,
  Ei: 2n ** 60n,
};
const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/**
 * Writes a Kubernetes quantity as the API server stores it: `0.5` is `500m`, `1000m` is `1`, `1024Mi` is `1Gi`.
 * What is no quantity comes back as it is. Fractions below one n are not handled.
 */
export function canonicalQuantity(text: string): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]?))$/.exec(text);
  if (match === null || (match[2] === "" && !match[3])) {
    return text;
  }
  const [, sign = "", whole = "", fraction = "", exponent, suffix = ""] = match;
  const digits = BigInt(whole + fraction || "0");
  if (digits === 0n) {
    return "0";
  }
  const minus = sign === "-" ? "-" : "";
  const binary = suffixes[suffix];
  if (binary !== undefined) {
    const scaled = digits * binary;
    const divisor = 10n ** BigInt(fraction.length);
    return scaled % divisor === 0n ? minus + canonicalBinary(scaled / divisor) : text;
  }
  const power = exponent === undefined ? (decimalExponents[suffix] ?? 0) : Number(exponent.slice(1));
  return minus + canonicalDecimal(digits, power - fraction.length, exponent !== undefined);
}

function canonicalBinary(value: bigint): string {
  const fitting = Object.entries(suffixes)
    .reverse()
    .find(([, unit]) => value % unit === 0n);
  return fitting === undefined ? String(value) : `${value / fitting[1]}${fitting[0]}`;
}

function canonicalDecimal(digits: bigint, power: number, asExponent: boolean): string {
  let [value, exponent] = [digits, power];
  while (value % 10n === 0n) {
    value /= 10n;
    exponent += 1;
  }
  const group = Math.floor(exponent / 3) * 3;
  value *= 10n ** BigInt(exponent - group);
  if (asExponent) {
    return group === 0 ? String(value) : `${value}e${group}`;
  }
  const suffix = Object.entries(decimalExponents).find(([, step]) => step === group)?.[0];
  return suffix === undefined ? `${value}e${group}` : `${value}${suffix}`;
}
