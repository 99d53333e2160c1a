import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import type { MemberCall } from "../../components/member/memberScripts";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { provideDebianEtcd } from "../support/debianEtcd";
import { EtcdServer } from "../support/etcdServer";
import { writeMemberScripts } from "../support/memberVolume";
import { scratchDirectory } from "../support/testSnapshot";

/** What a stopped etcd leaves on its volume is read and staged by the utility Pod's scripts with the real tools. */
const scratch = scratchDirectory();
const scripts = writeMemberScripts(path.join(scratch, "scripts"));
let tools: Tools;
beforeAll(async () => {
  tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
}, 900_000);
afterAll(() => fs.rmSync(scratch, { recursive: true }));

const built = () => ({ etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") });
let count = 0;
let volume: string;

/** Runs one of the Pod's scripts on the volume, as restore "back". */
async function run({ script, argv }: MemberCall): Promise<string> {
  const environment = {
    DATA_DIRECTORY: volume,
    PATH: `${path.dirname(tools.path("etcdutl"))}:${process.env.PATH}`,
  };
  const command = [path.join(scripts, `${script}.sh`), ...argv];
  return (await execa("/bin/dash", command, { env: environment, stdin: "ignore" })).stdout;
}
const id = "back";
const previous = () => run(memberCalls.previous({ id, from: "night" }));
const factsOf = (text: string) =>
  Object.fromEntries(
    text.split("\n").map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );

/** Writes until etcd refuses. @returns the revision of the last write that was acknowledged */
async function writeUntilRefused(server: EtcdServer, whenWriting: () => void): Promise<number> {
  let acknowledged = 0;
  for (let n = 0; ; n += 1) {
    try {
      const { header } = await server.json<{ header: { revision: number } }>("put", `key-${n}`, "value");
      acknowledged = header.revision;
    } catch {
      return acknowledged;
    }
    if (n === 10) whenWriting();
  }
}

/** An etcd that was asked to stop while it was written to and watched, its data put aside. @returns the last acknowledged revision */
async function stoppedUnderWrites(
  version: { etcd: string; etcdctl: string },
  grace: number,
): Promise<number> {
  const server = await EtcdServer.start(version, volume);
  const watch = execa(version.etcdctl, ["--endpoints", server.url, "watch", "--prefix", "key"], {
    env: { ETCDCTL_API: "3" },
    reject: false,
  });
  let stopped: Promise<void> | undefined;
  const acknowledged = await writeUntilRefused(server, () => {
    stopped = server.stop(grace);
  });
  await stopped;
  watch.kill();
  await watch;
  fs.renameSync(path.join(volume, "member"), path.join(volume, "member.pre-night"));
  return acknowledged;
}

beforeEach(() => {
  count += 1;
  volume = path.join(scratch, String(count), "data");
  fs.mkdirSync(path.dirname(volume));
});

describe.each([
  ["3.4", provideDebianEtcd],
  ["3.6", async () => built()],
] as const)("what etcd %s leaves", (_, find) => {
  it("is complete when it was asked to stop, also when it was killed at the end of its grace", async () => {
    const acknowledged = await stoppedUnderWrites(await find(), 1_000);
    const facts = factsOf(await previous());
    expect(facts).toMatchObject({ previous: "kept", revision: String(acknowledged), wal: "older" });
  });
});

it("is restored from the raw database, ahead of what its clients remember", async () => {
  const acknowledged = await stoppedUnderWrites(built(), 1_000);
  const { size = "", sha256 = "", revision } = factsOf(await previous());
  expect(revision).toBe(String(acknowledged));
  await run(memberCalls.copyPrevious({ id, from: "night", bytes: Number(size), sha256 }));
  const peer = "http://127.0.0.1:1";
  const names = { tool: "etcdutl", member: "one", initialCluster: `one=${peer}`, token: "token" };
  await run(memberCalls.stage({ id, ...names, peerUrl: peer, bump: "1000000", sha256 }));
  fs.renameSync(
    path.join(volume, ".etcd-recovery", "back", "restored", "member"),
    path.join(volume, "member"),
  );
  const server = await EtcdServer.start(built(), volume, ["--force-new-cluster"]);
  try {
    const first = await server.json<{ kvs: unknown[]; header: { revision: number } }>("get", "key-0");
    expect(first.kvs).toHaveLength(1);
    expect(first.header.revision).toBeGreaterThan(acknowledged + 999_999);
    const { kvs } = await server.json<{ kvs: { mod_revision: number }[] }>("get", "--prefix", "key-");
    expect(Math.max(...kvs.map((kv) => kv.mod_revision))).toBe(acknowledged);
    await expect(server.ctl("watch", "--rev", String(acknowledged), "key-0")).rejects.toThrow("compacted");
  } finally {
    await server.stop();
  }
});

describe("a damaged copy is none:", () => {
  const spoiled: [string, (db: string, size: number) => void][] = [
    ["overwritten", (db, size) => fs.writeFileSync(db, randomBytes(size))],
    // Half of the file may still hold every page that is in use: etcd's file grows ahead of them.
    ["cut short", (db) => fs.truncateSync(db, 3 * 4096)],
    ["empty", (db) => fs.truncateSync(db, 0)],
    [
      "with pages of zeros",
      (db, size) =>
        fs.writeFileSync(
          db,
          Buffer.concat([fs.readFileSync(db).subarray(0, 8192), Buffer.alloc(size - 8192)]),
        ),
    ],
    ["text", (db) => fs.writeFileSync(db, "Error from server\n".repeat(1000))],
  ];

  it.each(spoiled)("%s", async (_, spoil) => {
    const server = await EtcdServer.start(built(), volume);
    await server.put("key", "value");
    await server.stop();
    fs.renameSync(path.join(volume, "member"), path.join(volume, "member.pre-night"));
    const database = path.join(volume, "member.pre-night", "snap", "db");
    spoil(database, fs.statSync(database).size);
    const facts = factsOf(await previous());
    expect(facts.previous).toBe("damaged");
    expect(facts.problem).toMatch(/\w/);
    expect(facts.problem).not.toContain("goroutine");
  });
});
