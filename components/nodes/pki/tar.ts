/** One name in a tar. */
export interface TarEntry {
  /** Without a slash at its end. */
  readonly path: string;
  readonly kind: "file" | "directory" | "link" | "other";
  /** Target of a link. */
  readonly target: string;
  readonly content: Buffer;
}

const BLOCK = 512;
const kinds: Readonly<Record<string, TarEntry["kind"]>> = {
  "0": "file",
  "\0": "file",
  "5": "directory",
  "2": "link",
};

/**
 * What is in a tar as GNU's and busybox's write it (ustar, long names by `L` and `K`, or pax headers).
 *
 * @throws RangeError for what is none, or is cut
 */
export function readTar(tar: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = [];
  let long: { path?: string; target?: string } = {};
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return entries;
    checkSum(header);
    const size = numberIn(header, 124, 12);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw new RangeError("it is cut");
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "L") long = { ...long, path: textIn(content, 0, size) };
    else if (type === "K") long = { ...long, target: textIn(content, 0, size) };
    else if (type === "x") long = { ...long, ...paxNames(content) };
    else if (type !== "g") {
      const { path = nameIn(header), target = textIn(header, 157, 100) } = long;
      entries.push(entryOf(entries, { path: path.replace(/\/+$/, ""), type, target, content }));
      long = {};
    }
  }
  throw new RangeError("it has no end");
}

/** The second name of a file is told as a link to the first, and is a file here. */
function entryOf(
  before: readonly TarEntry[],
  { type, ...entry }: Omit<TarEntry, "kind"> & { readonly type: string },
): TarEntry {
  const first = type === "1" ? before.find(({ path }) => path === entry.target) : undefined;
  if (first?.kind === "file") return { ...entry, kind: "file", content: first.content };
  return { ...entry, kind: kinds[type] ?? "other" };
}

function checkSum(header: Buffer): void {
  const said = numberIn(header, 148, 8);
  const sum = header.reduce((all, byte, n) => all + (n >= 148 && n < 156 ? 32 : byte), 0);
  if (sum !== said) throw new RangeError("it is no tar");
}

function nameIn(header: Buffer): string {
  const name = textIn(header, 0, 100);
  const isUstar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? textIn(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textIn(bytes: Buffer, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? field.length : end);
}

/** Octal digits; a length beyond these would be binary, and is far beyond what a bundle holds. */
function numberIn(header: Buffer, at: number, length: number): number {
  const text = textIn(header, at, length).trim();
  if (!/^[0-7]*$/.test(text)) throw new RangeError("it is no tar");
  return text === "" ? 0 : Number.parseInt(text, 8);
}

/** "LENGTH KEY=VALUE\n" records. */
function paxNames(content: Buffer): { path?: string; target?: string } {
  const names: { path?: string; target?: string } = {};
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(textIn(content, at, 20), 10);
    if (!(length > 0)) throw new RangeError("it is no tar");
    const record = content.toString("utf8", at, at + length - 1);
    const [, key, value = ""] = /^\d+ ([^=]*)=([\s\S]*)$/.exec(record) ?? [];
    if (key === "path") names.path = value;
    if (key === "linkpath") names.target = value;
    at += length;
  }
  return names;
}
