import { gzipSync } from "node:zlib";

/** A member of an archive of a test. */
export interface TestMember {
  readonly name: string;
  readonly content?: Buffer;
  /** Type flag. Default: "0", a regular file. */
  readonly type?: string;
  /** Target of a link. */
  readonly target?: string;
  /** As the header says it. Default: the content's. */
  readonly size?: number;
  /** Empty: v7's. Default: POSIX. */
  readonly magic?: "ustar  \0" | "";
}

const BLOCK = 512;
const END = Buffer.alloc(2 * BLOCK);

/** One header and content, padded to blocks. */
export function tarMember({ name, content = Buffer.alloc(0), ...rest }: TestMember): Buffer {
  const header = Buffer.alloc(BLOCK);
  const size = rest.size ?? content.length;
  header.write(name.slice(0, 100), 0, "latin1");
  header.write("0000600\x000000000\x000000000\0", 100, "latin1");
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0        ", 136, "latin1");
  header.write(rest.type ?? "0", 156, "latin1");
  header.write(rest.target ?? "", 157, "latin1");
  header.write(rest.magic ?? "ustar\x0000", 257, "latin1");
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

/** A name of any length, as GNU's tar writes it. */
export const gnuLong = (name: string, content: Buffer): Buffer =>
  Buffer.concat([
    tarMember({
      name: "././@LongLink",
      type: "L",
      content: Buffer.from(`${name}\0`),
      magic: "ustar  \0",
    }),
    tarMember({ name, content, magic: "ustar  \0" }),
  ]);

/** A name of any length, as a pax header says it. */
export function paxNamed(name: string, content: Buffer): Buffer {
  const record = (length: number) => `${length} path=${name}\n`;
  let length = Buffer.byteLength(record(0));
  while (Buffer.byteLength(record(length)) !== length) length = Buffer.byteLength(record(length));
  return Buffer.concat([
    tarMember({ name: "PaxHeaders/0", type: "x", content: Buffer.from(record(length)) }),
    tarMember({ name: "short", content }),
  ]);
}

/** Members and the end of an archive. */
export const tarOf = (...members: readonly (TestMember | Buffer)[]): Buffer =>
  Buffer.concat([...members.map((one) => (Buffer.isBuffer(one) ? one : tarMember(one))), END]);

/** A .tar.gz */
export const tarGz = (...members: readonly (TestMember | Buffer)[]): Buffer => gzipSync(tarOf(...members));
