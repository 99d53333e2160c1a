import fc from "fast-check";
import { parse } from "protobufjs";
import { describe, expect, it } from "vitest";
import { ETCD_PROTO } from "../../../agent/rpc/etcdProto";
import { SnapshotFrames } from "../../../agent/rpc/snapshotFrames";

const type = parse(ETCD_PROTO).root.lookupType("etcdserverpb.SnapshotResponse");

/** As gRPC sends it: not compressed, its length, the message. */
function framed(message: object): Buffer {
  const bytes = Buffer.from(type.encode(type.create(message)).finish());
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

const header = { clusterId: 2 ** 52, memberId: 7, revision: 9, raftTerm: 3 };
const message = (blob: Buffer) => framed({ header, remainingBytes: 1e9, blob, version: "3.6.0" });

function read(stream: Buffer, sizes: readonly number[]): Buffer {
  const frames = new SnapshotFrames();
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < stream.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    pieces.push(...frames.push(stream.subarray(at, at + size)));
    at += size;
  }
  frames.finish();
  return Buffer.concat(pieces);
}

describe("the messages of a stream of snapshots", () => {
  it("give their blobs, wherever the stream is cut into chunks", () => {
    const blobs = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(blobs, sizes, (all, by) => {
        const buffers = all.map((one) => Buffer.from(one));
        expect(read(Buffer.concat(buffers.map(message)), by)).toEqual(Buffer.concat(buffers));
      }),
    );
  });

  it("pass over fields that a later etcd may add", () => {
    const known = type.encode(type.create({ blob: Buffer.from("abc") })).finish();
    const added = Buffer.from([0x49, 1, 2, 3, 4, 5, 6, 7, 8, 0x55, 1, 2, 3, 4, 0x50, 0xff, 0x01]);
    const prefix = Buffer.from([0, 0, 0, 0, known.length + added.length]);
    expect(read(Buffer.concat([prefix, added, known]), [3]).toString()).toBe("abc");
  });

  it.each([
    ["compressed", Buffer.from([1, 0, 0, 0, 1, 0])],
    ["a field that is longer than its message", Buffer.from([0, 0, 0, 0, 3, 0x1a, 9, 0])],
    ["a varint without an end", Buffer.from([0, 0, 0, 0, 40, ...Array(40).fill(0xff)])],
    ["a message that is cut", message(Buffer.from("abc")).subarray(0, -2)],
    ["a prefix that is cut", Buffer.from([0, 0, 0])],
  ])("are refused: %s", (_, stream) => {
    for (const size of [1, 7, 1000]) expect(() => read(stream, [size])).toThrow("no stream of snapshots");
  });
});
