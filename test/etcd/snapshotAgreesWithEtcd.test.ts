import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { verifySnapshotSync } from "../../snapshot";
import { driveSync } from "../../snapshot/drive";
import { ReadSnapshot, readSnapshot } from "../../snapshot/readSnapshot";
import { provideDebianEtcd } from "../support/debianEtcd";
import { type EtcdKeyValue, EtcdServer } from "../support/etcdServer";
import { scratchDirectory } from "../support/testSnapshot";

/** What the reader finds in a snapshot is what etcd itself answers: every key, revision, tombstone and lease. */
const directory = scratchDirectory();
let tools: Tools;
beforeAll(async () => {
  tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
}, 900_000);
afterAll(() => fs.rmSync(directory, { recursive: true }));

const versions: [version: string, find: () => Promise<{ etcd: string; etcdctl: string }>][] = [
  ["3.4", provideDebianEtcd],
  ["3.6", async () => ({ etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") })],
];

/** Every record of a snapshot, in revision order. */
function recordsOf(file: string) {
  const records: { deleted: boolean; main: bigint; sub: number; kv: Record<string, unknown> }[] = [];
  const read = driveSync(
    readSnapshot(
      file,
      {},
      {
        visit: (r) => {
          const key = r.bytes.toString("base64", r.keyStart, r.keyEnd);
          const value = r.bytes.toString("base64", r.valueStart, r.valueEnd);
          const put = { create: r.create, version: r.version, value, lease: r.lease };
          records.push({
            deleted: r.isTombstone,
            main: r.main,
            sub: r.sub,
            kv: r.isTombstone ? { key } : { key, ...put },
          });
        },
      },
    ),
  );
  if (!(read instanceof ReadSnapshot)) throw new Error(read.message);
  read.close();
  return records.sort((a, b) => (a.main === b.main ? a.sub - b.sub : a.main < b.main ? -1 : 1));
}

function asRecord(kv: EtcdKeyValue) {
  const { key, create_revision = 0, version = 0, value = "", lease = 0 } = kv;
  return { key, create: BigInt(create_revision), version, value, lease: BigInt(lease) };
}

describe.each(versions)("etcd %s", (version, find) => {
  let server: EtcdServer;
  const own = path.join(directory, version);
  beforeAll(async () => {
    fs.mkdirSync(own);
    server = await EtcdServer.start(await find(), path.join(own, "data"));
  }, 300_000);
  afterAll(() => server?.stop());

  test("an empty store", async () => {
    const file = await server.save(path.join(own, "empty.db"));
    expect(verifySnapshotSync(file)).toMatchObject({
      valid: true,
      keys: 0,
      revision: 1n,
      members: [{ name: "one" }],
    });
  });

  test("every revision, tombstone and lease", async () => {
    const lease = /lease (\w+) granted/.exec(await server.ctl("lease", "grant", "3600"))?.[1] ?? "";
    for (let i = 0; i < 40; i++) await server.put(`/registry/k${i % 15}`, `${i}`.repeat(i * 40));
    await server.ctl("put", "--lease", lease, "leased", "x");
    await server.ctl("del", "/registry/k3");
    await server.ctl("del", "--prefix", "/registry/k1");
    await server.put("/registry/k3", "again");
    await server.put("-binary \u0001 ключ", "v");

    const file = await server.save(path.join(own, "all.db"));
    const status = await server.json<{ header: { revision: number }; kvs: EtcdKeyValue[] }>(
      "get",
      "",
      "--prefix",
    );
    const verdict = verifySnapshotSync(file);
    expect(verdict).toMatchObject({
      valid: true,
      revision: BigInt(status.header.revision),
      keys: status.kvs.length,
      leases: 1,
    });

    const events = await server.events(2n, BigInt(status.header.revision));
    const records = recordsOf(file);
    expect(records.length).toBe(events.length);
    expect(records.map(({ deleted, main, kv }) => ({ deleted, main, kv }))).toEqual(
      events.map(({ type, kv }) => ({
        deleted: type === 1,
        main: BigInt(kv.mod_revision),
        kv: type === 1 ? { key: kv.key } : asRecord(kv),
      })),
    );
    expect(records.filter(({ kv }) => kv.lease === BigInt(`0x${lease}`))).toHaveLength(1);
  });

  test("compaction, members and alarms", async () => {
    const { header } = await server.json<{ header: { revision: number } }>("get", "none");
    await server.ctl("compact", `${header.revision - 3}`);
    await server.ctl("defrag");
    const { kvs } = await server.json<{ kvs: EtcdKeyValue[] }>("get", "", "--prefix");
    const { members } = await server.json<{ members: { ID: number | string }[] }>("member", "list");
    const file = await server.save(path.join(own, "compacted.db"));
    const verdict = verifySnapshotSync(file);
    expect(verdict).toMatchObject({
      valid: true,
      compactedRevision: BigInt(header.revision - 3),
      keys: kvs.length,
      alarms: [],
    });
    if (!verdict.valid) return;
    expect(verdict.members.map(({ id }) => BigInt(`0x${id}`))).toEqual(members.map(({ ID }) => BigInt(ID)));
    const offline = execFileSync(tools.path("etcdutl"), ["snapshot", "status", file, "--write-out", "json"], {
      encoding: "utf8",
    });
    expect(JSON.parse(offline)).toMatchObject({ revision: header.revision });
  });

  test("thousands of keys, rewritten at random, compacted and rewritten", async () => {
    let seed = 1;
    const below = (n: number) => {
      seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff;
      return seed % n;
    };
    const write = async () => {
      for (let batch = 0; batch < 12; batch++) {
        const chosen = new Set(Array.from({ length: 60 }, () => below(900)));
        const puts = [...chosen].map((k) => `put bulk/${k} ${"v".repeat(1 + below(3000))}`);
        const options = { env: { ETCDCTL_API: "3" }, input: `\n${puts.join("\n")}\n\n\n` };
        execFileSync((await find()).etcdctl, ["--endpoints", server.url, "txn"], {
          ...options,
          env: { ...process.env, ...options.env },
        });
      }
    };
    await write();
    const { header } = await server.json<{ header: { revision: number } }>("get", "none");
    await server.ctl("compact", "--physical", `${header.revision}`);
    await write();
    const file = await server.save(path.join(own, "bulk.db"));
    const { kvs, header: after } = await server.json<{ kvs: EtcdKeyValue[]; header: { revision: number } }>(
      "get",
      "",
      "--prefix",
    );
    const verdict = verifySnapshotSync(file);
    expect(verdict).toMatchObject({ valid: true, keys: kvs.length, revision: BigInt(after.revision) });
    const live = new Map(recordsOf(file).map((record) => [record.kv.key, record]));
    const found = [...live.values()].filter(({ deleted }) => !deleted).map(({ main, kv }) => ({ main, kv }));
    const byKey = (a: { kv: Record<string, unknown> }, b: { kv: Record<string, unknown> }) =>
      String(a.kv.key) < String(b.kv.key) ? -1 : 1;
    const expected = kvs.map((kv) => ({ main: BigInt(kv.mod_revision), kv: asRecord(kv) }));
    expect(found.sort(byKey)).toEqual(expected.sort(byKey));
  });
});

describe("restored with a revision above 2^53", () => {
  test("bumped and compacted by etcdutl, then written to", async () => {
    const own = path.join(directory, "bumped");
    fs.mkdirSync(own);
    const data = path.join(own, "data");
    const bump = "9007199254741000";
    const restore = [
      "snapshot",
      "restore",
      path.join(directory, "3.6", "all.db"),
      "--data-dir",
      data,
      "--name",
      "one",
    ];
    execFileSync(
      tools.path("etcdutl"),
      [
        ...restore,
        "--bump-revision",
        bump,
        "--mark-compacted",
        "--skip-hash-check=false",
        "--initial-cluster",
        "one=http://127.0.0.1:1",
        "--initial-advertise-peer-urls",
        "http://127.0.0.1:1",
      ],
      { stdio: "ignore" },
    );
    const server = await EtcdServer.start({ etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") }, data);
    try {
      await server.put("after", "1");
      const before = verifySnapshotSync(path.join(directory, "3.6", "all.db"));
      const answer = await server.ctl("get", "", "--prefix", "--count-only", "--write-out", "fields");
      const found = (name: string) => BigInt(new RegExp(`"${name}" : (\\d+)`).exec(answer)?.[1] ?? -1);
      const verdict = verifySnapshotSync(await server.save(path.join(own, "bumped.db")));
      if (!before.valid) throw new Error("the snapshot before is good");
      expect(verdict).toMatchObject({
        valid: true,
        revision: found("Revision"),
        keys: Number(found("Count")),
        compactedRevision: before.revision + BigInt(bump),
      });
      expect(found("Revision")).toBe(before.revision + BigInt(bump) + 1n);
    } finally {
      await server.stop();
    }
  });
});
