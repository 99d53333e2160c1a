import * as fs from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provideTools } from "../../lab/tools/provideTools";
import { verifySnapshotSync } from "../../snapshot";
import type { Pair } from "../support/boltWriter";
import { field, number } from "../support/etcdRecords";
import { Judges } from "../support/judges";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../support/testSnapshot";

/** Records that etcd dies of after a restore are refused; what it gets over is not. etcd itself is asked about each. */
const directory = scratchDirectory();
let judges: Judges;
beforeAll(async () => {
  const tools = await provideTools({ only: ["etcd", "etcdutl"] });
  judges = new Judges({ etcd: tools.path("etcd"), etcdutl: tools.path("etcdutl") }, directory);
}, 900_000);
afterAll(() => fs.rmSync(directory, { recursive: true }));

const pair = (key: string | Buffer, value: string | Buffer = ""): Pair => [
  Buffer.from(key as Buffer),
  Buffer.from(value as Buffer),
];
const id = Buffer.from("0123456789abcdef", "hex");
const storage = pair("storageVersion", "3.6.0");
const revision = (main: bigint, length = 17) => {
  const bytes = Buffer.alloc(length);
  bytes.writeBigInt64BE(main);
  bytes[8] = 0x5f;
  return bytes;
};
const user = Buffer.concat([field(1, Buffer.from("root")), field(3, Buffer.from("root"))]);
const role = Buffer.concat([
  field(1, Buffer.from("root")),
  field(2, Buffer.concat([number(1, 2n), field(2, Buffer.from("a")), field(3, Buffer.of(0))])),
]);
/** A string of 100 bytes of which none follow. */
const cut = Buffer.from("0a64", "hex");

type Buckets = Readonly<Record<string, readonly Pair[]>>;
const deadly: [name: string, buckets: Buckets, sentence: RegExp][] = [
  ["a lease cut short", { lease: [pair(id, cut)] }, /"lease" holds the lease 0123456789abcdef, which is no/],
  ["a lease whose id is text", { lease: [pair(id, field(1, id))] }, /is not a valid leasepb\.Lease/],
  ["an alarm", { alarm: [pair(cut)] }, /"alarm" holds the alarm 0a64, which is no/],
  ["an alarm with a group that never begins", { alarm: [pair(Buffer.of(0x1c))] }, /the alarm 1c/],
  [
    "a user",
    { authUsers: [pair("root", cut)] },
    /"authUsers" holds the user "root", which is not a valid authpb\.User/,
  ],
  ["a role", { authRoles: [pair("root", cut)], authUsers: [pair("root", user)] }, /the role "root"/],
  ["authRevision", { auth: [pair("authRevision", "1234")] }, /holds "authRevision" as 4 bytes, not 8/],
  [
    "clusterVersion",
    { cluster: [pair("clusterVersion", "3.6")] },
    /"clusterVersion" as "3\.6", which is not a version/,
  ],
  ["downgrade", { cluster: [pair("downgrade", "{")] }, /"downgrade" as "\{", which is not a downgrade/],
  [
    "a downgrade to nowhere",
    { cluster: [pair("downgrade", '{"target-version":"x","enabled":true}')] },
    /which is not a downgrade/,
  ],
  [
    "finishedCompactRev",
    { meta: [pair("finishedCompactRev", revision(2n, 16)), storage] },
    /"finishedCompactRev" as 16 bytes that are not a revision/,
  ],
  [
    "scheduledCompactRev, negative",
    { meta: [pair("finishedCompactRev", revision(-2n)), storage] },
    /a negative revision/,
  ],
  ["storageVersion of etcd 4", { meta: [pair("storageVersion", "4.0.0")] }, /which no etcd has written/],
  ["a member's id", { members: [pair("me", '{"id":1}')] }, /the member "me", which is not an id/],
  [
    "a removed member's id",
    { members_removed: [pair("me", "removed")] },
    /the member "me", which is not an id/,
  ],
];

const harmless: [name: string, buckets: Buckets][] = [
  [
    "a whole lease, alarm, user and role",
    {
      alarm: [pair(Buffer.concat([number(1, 7n), number(2, 1n)]))],
      authRoles: [pair("root", role)],
      authUsers: [pair("root", user)],
      lease: [pair(id, Buffer.concat([number(1, 81985529216486895n), number(2, 60n)]))],
    },
  ],
  ["fields that etcd does not know", { lease: [pair(id, Buffer.concat([number(1, 5n), field(99, id)]))] }],
  [
    "consistent_index and term of a wrong length",
    { meta: [pair("consistent_index", "1"), storage, pair("term", "1")] },
  ],
  ["no confState", { meta: [pair("confState", "nonsense"), storage] }],
  ["a storageVersion that is none", { meta: [pair("storageVersion", "six")] }],
  ["authEnabled that is neither", { auth: [pair("authEnabled", "\u0001\u0001")] }],
  [
    "compacted up to here",
    {
      meta: [
        pair("finishedCompactRev", revision(5n)),
        pair("scheduledCompactRev", revision(5n, 18)),
        storage,
      ],
    },
  ],
];

function write(name: string, buckets: Buckets): string {
  const file = name.replace(/\W/g, "-");
  return writeSnapshot(directory, `${file}.db`, { records: kubernetesRecords(5), buckets });
}

describe("what etcd dies of", () => {
  test.each(deadly)("%s", async (name, buckets, sentence) => {
    const file = write(name, buckets);
    expect(await judges.restoreAndBoot(file)).toMatchObject({ accepts: false });
    expect(verifySnapshotSync(file)).toMatchObject({
      valid: false,
      problem: { code: "content", message: expect.stringMatching(sentence) },
    });
  });

  test("a revision that its restore's bump takes beyond int64", async () => {
    const records = [{ revision: 2n ** 63n - 1n, key: "a", value: "b" }];
    const file = writeSnapshot(directory, "last-revision.db", { records });
    expect(await judges.restoreAndBoot(file)).toMatchObject({ accepts: false });
    expect(verifySnapshotSync(file)).toMatchObject({
      valid: false,
      problem: { code: "content", message: expect.stringContaining("leaves no room for others") },
    });
  });

  test("a missing bucket meta", async () => {
    const file = writeSnapshot(directory, "no-meta.db", {
      records: kubernetesRecords(5),
      without: ["meta"],
    });
    expect(await judges.restoreAndBoot(file)).toMatchObject({ accepts: false });
    expect(await judges.status(file)).toMatchObject({ accepts: false });
    expect(verifySnapshotSync(file)).toMatchObject({
      valid: false,
      problem: { code: "not-etcd", message: expect.stringContaining('no bucket "meta"') },
    });
  });
});

describe("what etcd gets over", () => {
  test.each(harmless)("%s", async (name, buckets) => {
    const file = write(name, buckets);
    expect(verifySnapshotSync(file)).toMatchObject({ valid: true });
    expect(await judges.restoreAndBoot(file)).toMatchObject({ accepts: true });
  });
});
