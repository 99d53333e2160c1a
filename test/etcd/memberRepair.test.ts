import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { MemberScript } from "../../components/member/memberScripts";
import {
  initialClusterOf,
  memberOf,
  parseMemberList,
  successorOf,
} from "../../components/procedure/judgements/memberList";
import { provideTools } from "../../lab/tools/provideTools";
import { provideDebianEtcd } from "../support/debianEtcd";
import { EtcdTrio } from "../support/etcdTrio";
import { writeMemberScripts } from "../support/memberVolume";

/**
 * What a repair rests on, on real etcd: the block makes a member's own etcd fail, a seed writes the log of the new
 * member, and that log alone makes the member's own etcd, whose flags are for a new cluster, join.
 */
const bump = 40;
const scripts = writeMemberScripts(mkdtempSync(join(tmpdir(), "etcd-recovery-repair-scripts-")));
afterAll(() => rmSync(scripts, { recursive: true }));
const oldVersion: [string, () => Promise<{ etcd: string; etcdctl: string }>, string[]] = [
  "3.4",
  provideDebianEtcd,
  [],
];
const newVersion: typeof oldVersion = [
  "3.6",
  async () => {
    const tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
    return { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") };
  },
  // The log of the others is compacted: the new member needs their snapshot.
  ["--snapshot-count", "20", "--snapshot-catchup-entries", "3"],
];

describe.each([oldVersion, newVersion])("etcd %s", (_, find, extra) => {
  let tools: { etcd: string; etcdctl: string };
  let trio: EtcdTrio;

  beforeAll(async () => {
    tools = await find();
  }, 900_000);
  afterEach(() => trio?.stop());

  const runScript = (name: MemberScript) =>
    spawnSync("/bin/sh", [join(scripts, `${name}.sh`), "r1"], {
      env: { PATH: process.env.PATH ?? "", DATA_DIRECTORY: trio.volume(1) },
      encoding: "utf8",
    });
  const pod = (name: MemberScript) => {
    const ran = runScript(name);
    expect(ran.stderr).toBe("");
    return ran.stdout.trim();
  };
  const live = () => join(trio.volume(1), "member");

  const start = async () => {
    trio = await EtcdTrio.start(tools, mkdtempSync(join(tmpdir(), "etcd-recovery-repair-")), extra);
    for (let n = 0; n < bump; n++) await trio.ctl([0, 1, 2], "put", `k${n}`, "before");
    await trio.kill(1);
  };
  const fails = async () => {
    const before = readdirSync(live()).sort();
    expect((await trio.run(1)).exitCode).not.toBe(0);
    expect(readdirSync(live()).sort()).toEqual(before);
  };
  const list = async () => parseMemberList(await trio.ctl([0, 2], "member", "list"));
  /** @returns the old id and the new one, as the acts find them */
  const replaced = async () => {
    const own = { name: "m1", peerUrl: trio.peer(1) };
    const oldMember = memberOf(await list(), own)?.id ?? "";
    // Both calls are repeated, as the act does: the killed member may have been the leader.
    while ((await list().catch(() => [{ id: oldMember }])).some(({ id }) => id === oldMember))
      await trio.ctl([0, 2], "member", "remove", oldMember).catch(() => "");
    for (;;) {
      // "unhealthy cluster" until the others have been connected for five seconds.
      const added = await trio
        .ctl([0, 2], "member", "add", "m1", `--peer-urls=${own.peerUrl}`)
        .catch(() => undefined);
      if (added !== undefined) break;
    }
    return { oldMember, id: successorOf(await list(), { ...own, oldMember })?.id ?? "" };
  };
  /** As the act and the substrate have it, without certificates; nothing can call it at the address that it gives out. */
  const seed = (initialCluster: string) =>
    trio.etcd("seed", [
      ...[
        "--name=m1",
        `--data-dir=${join(trio.volume(1), "member.seed-r1")}`,
        "--initial-cluster-state=existing",
      ],
      `--initial-cluster=${initialCluster}`,
      ...[`--initial-advertise-peer-urls=${trio.peer(1)}`, `--advertise-client-urls=${trio.client(1)}`],
      ...["--listen-peer-urls=http://127.0.0.1:0", "--listen-client-urls=http://127.0.0.1:0"],
      ...["--quota-backend-bytes=-1", "--snapshot-count=1000000000"],
    ]);
  const seeded = async (oldMember: string, longer: number) => {
    const child = seed(initialClusterOf(await list(), { name: "m1", peerUrl: trio.peer(1), oldMember }));
    while (pod("seeded") === "waiting") await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, longer));
    child.kill("SIGKILL");
    await child;
  };
  const joined = async (id: string) => {
    trio.run(1);
    await trio.answers(1);
    await trio.ctl([1], "put", "after", "yes");
    expect(await trio.list([0, 1, 2])).toContainEqual({
      id,
      status: "started",
      name: "m1",
      peer: trio.peer(1),
    });
    expect((await trio.ctl([1], "get", "k7", "--print-value-only")).trim()).toBe("before");
    const hashes = (await trio.ctl([0, 1, 2], "endpoint", "hashkv"))
      .split("\n")
      .map((line) => line.split(", ")[1]);
    expect(new Set(hashes).size).toBe(1);
    expect(await trio.ctl([0, 1, 2], "alarm", "list")).toBe("");
  };

  test.each([
    ["damaged", 0],
    ["damaged, the seed running on for a while", 4000],
    ["empty", 0],
  ])("a member whose data is %s is held, seeded and joins", async (what, longer) => {
    await start();
    if (what === "empty") rmSync(live(), { recursive: true });
    else writeFileSync(join(live(), "snap", "db"), Buffer.alloc(100_000, 0x5a));
    expect(pod("hold")).toBe("held");
    await fails();
    const { oldMember, id } = await replaced();
    await fails(); // it does not found a cluster of its own either
    await seeded(oldMember, longer);
    // One that is killed as soon as its log is there may not have said who it is; that it was this one shows when it joins.
    if (longer > 0) expect(trio.log("seed")).toContain(id);
    expect(pod("adopt")).toBe("swapped");
    await joined(id);
    expect(existsSync(join(trio.volume(1), "member.pre-r1"))).toBe(what !== "empty");
    await trio.kill(1);
    await joined(id);
  });

  test("without the block, the removed member's etcd founds a cluster on its empty volume", async () => {
    await start();
    rmSync(live(), { recursive: true });
    await replaced();
    const child = trio.run(1);
    const log = join(live(), "wal");
    while (!existsSync(log) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(existsSync(log)).toBe(true);
  });

  test("a seed that was killed before it had a log leaves nothing that is taken for one", async () => {
    await start();
    pod("hold");
    expect(pod("seeded")).toBe("waiting");
    expect(readFileSync(join(live(), "snap"), "utf8")).toContain("r1");
    expect(runScript("adopt").stderr).toContain("no seed on this volume");
    await fails();
  });
});
