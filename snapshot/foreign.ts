import { quote } from "./bolt/faultLog";
import type { SnapshotFile } from "./file/snapshotFile";
import type { Problem } from "./verdict";

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const LOOK_BYTES = 4 * 1024 * 1024;
/** Fewer line feeds than this prove nothing. */
const FEW_LINE_FEEDS = 4;
/** U+FFFD in UTF-8, which replaces bytes that are no text. */
const REPLACEMENT = Buffer.from("efbfbd", "hex");

/** Formats that snapshots are found packed in and that are not unpacked here: magic, its place, how to unpack. */
const PACKED: readonly [name: string, at: number, magic: Buffer, command: string][] = [
  ["a tar archive", 257, Buffer.from("ustar"), "tar -xf <file>"],
  ["a zip archive", 0, Buffer.from("PK\x03\x04"), "unzip <file>"],
  // what is packed once is unpacked before anybody looks here
  ["packed twice, inside with gzip", 0, Buffer.from("1f8b", "hex"), "gzip or zstd -dc <file> > <new file>"],
  [
    "packed twice, inside with zstd",
    0,
    Buffer.from("28b52ffd", "hex"),
    "gzip or zstd -dc <file> > <new file>",
  ],
  ["compressed with xz", 0, Buffer.from("fd377a585a00", "hex"), "xz -dk <file>"],
  ["compressed with bzip2", 0, Buffer.from("BZh"), "bzip2 -dk <file>"],
  ["compressed with lz4", 0, Buffer.from("04224d18", "hex"), "lz4 -d <file>"],
  ["encrypted with age", 0, Buffer.from("age-encryption.org/"), "age -d -i <identity> <file>"],
  ["encrypted with openssl", 0, Buffer.from("Salted__"), "openssl enc -d ... -in <file>"],
];

/** Says what a file is that has no usable meta page, when its first bytes tell; undefined when they do not. */
export function explainForeign(file: SnapshotFile): Problem | undefined {
  const head = file.read(0, 512);
  for (const [name, at, magic, command] of PACKED) {
    if (!head.subarray(at, at + magic.length).equals(magic)) continue;
    return { code: "not-bolt", message: `${file.path}: is ${name}.`, remedy: `Unpack it first: ${command}` };
  }
  if (isText(head)) return text(file, head);
  if (!head.subarray(0, 256).includes(REPLACEMENT)) return undefined;
  const message = `${file.path}: looks converted to UTF-8 text: bytes of the bolt file are replaced by U+FFFD.`;
  return { code: "text-converted", message, remedy: "Take another copy with a tool that keeps binary data." };
}

/** Every line feed in the first 4 MiB follows a carriage return: in binary data that is no coincidence. */
export function looksCrlfConverted(file: SnapshotFile): boolean {
  const bytes = file.read(0, LOOK_BYTES);
  let lineFeeds = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at - 1] !== CARRIAGE_RETURN) return false;
    lineFeeds++;
  }
  return lineFeeds >= FEW_LINE_FEEDS;
}

function isText(head: Buffer): boolean {
  return (
    head.length > 0 && head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b)
  );
}

function text(file: SnapshotFile, head: Buffer): Problem {
  const start = head.subarray(0, 64).toString("latin1");
  // base64 of a meta page: eight zero bytes of the page id, then the flags
  const isBase64 = start.startsWith("AAAAAAAAAAAEAAAA");
  const what = isBase64 ? "is base64 text" : "is not a bolt file";
  const remedy = isBase64
    ? "Decode it first: base64 -d <file> > <new file>"
    : "Take the snapshot again: what was saved is the message of a command or of a server.";
  return { code: "not-bolt", message: `${file.path}: ${what}: it starts with ${quote(start)}.`, remedy };
}
