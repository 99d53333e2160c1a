import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import type { MemberCall } from "../../components/member/memberScripts";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { EtcdServer } from "../support/etcdServer";
import { MemberVolume } from "../support/memberVolume";
import { shells } from "../support/shells";
import { scratchDirectory } from "../support/testSnapshot";

/** What arrives damaged is refused before it can become a member's data, whoever finds it: our scripts or etcd's tool. */
const directory = scratchDirectory();
const id = "r1";
let tools: Tools;
let snapshot: Buffer;

beforeAll(async () => {
  tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
  const etcd = { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") };
  const server = await EtcdServer.start(etcd, join(directory, "data"));
  try {
    for (let i = 0; i < 20; i++) await server.put(`/registry/k${i}`, `${i}`.repeat(2000));
    snapshot = readFileSync(await server.save(join(directory, "snapshot.db")));
  } finally {
    await server.stop();
  }
}, 900_000);
afterAll(() => rmSync(directory, { recursive: true }));

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** The snapshot with one bit of its middle changed: as long, and with the same digest at its end. */
function flipped(): Buffer {
  const bytes = Buffer.from(snapshot);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  return bytes;
}

describe.each(shells)("staging with etcdutl under $name", (shell) => {
  let volume: MemberVolume;
  const work = () => volume.work;

  const run = (call: MemberCall, input: Buffer | string = "") => volume.run(call, input);
  /** Announces the snapshot, its end too, and sends what may be something else. */
  const receive = (sent: Buffer) => {
    const end = snapshot.subarray(-32).toString("hex");
    const announced = { id, bytes: snapshot.length, sha256: sha256(snapshot), codec: "none", end } as const;
    return run(memberCalls.receive(announced), sent);
  };
  const stage = (of = snapshot) => {
    const names = { tool: "etcdutl", member: "m0", initialCluster: "m0=http://127.0.0.1:1", token: "token" };
    const peerUrl = "http://127.0.0.1:1";
    return run(memberCalls.stage({ id, ...names, peerUrl, bump: "1000", sha256: sha256(of) }));
  };
  /** What etcd's file holds of the snapshot; what restoring changes in it lies on other pages. */
  const staged = () => readFileSync(join(work(), "restored", "member", "snap", "db"));

  beforeEach(() => {
    volume = new MemberVolume(shell);
    volume.sandbox.stub("etcdutl", `exec ${tools.path("etcdutl")} "$@"`);
  });
  afterEach(() => volume.dispose());

  test("stages the snapshot that was announced", () => {
    expect(receive(snapshot)).toMatchObject({ code: 0, stdout: `sha256 ${sha256(snapshot)}\n` });
    expect(stage()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^sha256 .*\ncluster [0-9a-f]+\nbump \d+\n$/),
    });
    expect(staged().includes("19".repeat(2000))).toBe(true);
    expect(existsSync(join(work(), "snapshot.db"))).toBe(false);
  });

  test.each([
    [
      "cut in the middle, its end in place",
      () => Buffer.concat([snapshot.subarray(0, 8192), snapshot.subarray(12288)]),
    ],
    ["cut at the end", () => snapshot.subarray(0, -4096)],
    ["with another end", () => Buffer.concat([snapshot.subarray(0, -32), Buffer.alloc(32, 1)])],
    ["padded", () => Buffer.concat([snapshot, Buffer.alloc(512)])],
    ["empty", () => Buffer.alloc(0)],
  ])("refuses a snapshot that arrives %s", (_, sent) => {
    expect(receive(sent()).code).toBe(75);
    expect(readdirSync(work())).toEqual([]);
  });

  test("refuses a bit changed in the middle, keeps nothing, and takes the right one afterwards", () => {
    expect(receive(flipped()).code).toBe(0); // its length and its end are right
    expect(stage()).toMatchObject({ code: 75, stderr: expect.stringContaining("expected sha256") });
    expect(readdirSync(work())).toEqual(["restore.log"]);
    expect(receive(snapshot).code).toBe(0);
    expect(stage().code).toBe(0);
  });

  test("refuses what a loss of power left of a received snapshot", () => {
    receive(snapshot);
    truncateSync(join(work(), "snapshot.db"));
    expect(stage().code).toBe(75);
    expect(readdirSync(work())).toEqual([]);
  });

  test("stages a database without a digest by its announced SHA-256, and refuses a changed one", () => {
    const raw = snapshot.subarray(0, -32);
    const announced = { id, bytes: raw.length, sha256: sha256(raw), codec: "none" } as const;
    expect(run(memberCalls.receive(announced), flipped().subarray(0, -32)).code).toBe(75);
    expect(run(memberCalls.receive(announced), raw).code).toBe(0);
    expect(stage(raw).code).toBe(0);
    expect(staged().includes("19".repeat(2000))).toBe(true);
  });
});
