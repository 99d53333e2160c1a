/**
 * Values that an object may hold to be decoded: strings, numbers, lists, maps. One of 1.5 MiB, the most that etcd takes by
 * default, would have to hold one every six bytes; who means to writes one in two, and decoded it takes up to a thousand.
 */
export const MOST_VALUES = 250_000;
/** Neither JSON nor protobuf writes a value in less. */
const SMALLEST_VALUE_BYTES = 2;

const [SPACE, QUOTE, COMMA, BACKSLASH] = [0x20, 0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];

/** An object holds more than {@link MOST_VALUES}. */
export class TooManyValues extends Error {
  constructor() {
    super(`it holds more than ${MOST_VALUES} values`);
  }
}

/** Whether so many bytes may hold more values than are decoded. */
export function mayHoldTooMany(bytes: number): boolean {
  return bytes > MOST_VALUES * SMALLEST_VALUE_BYTES;
}

/**
 * Counts the values of a JSON document, by what stands in front of them, without decoding it.
 * @throws TooManyValues
 */
export function checkJsonValues(json: Buffer): void {
  if (!mayHoldTooMany(json.length)) return;
  let values = 1;
  let isInText = false;
  /** The last byte but for white space. */
  let last = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) isInText = !isInText;
    else if (isInText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_MAP) values++;
    else if ((byte === CLOSE_LIST || byte === CLOSE_MAP) && (last === OPEN_LIST || last === OPEN_MAP))
      values--;
    if (byte > SPACE) last = byte;
  }
  if (values > MOST_VALUES) throw new TooManyValues();
}
