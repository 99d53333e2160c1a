import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../agent/freePort";
import type { LedgerRecord } from "../../components/procedure/ledgerRecord";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { type ActRun, ActScene } from "../support/actScene";
import { provideDebianEtcd } from "../support/debianEtcd";
import { EtcdMembers, type RestoredMembers } from "../support/etcdMembers";
import { EtcdServer } from "../support/etcdServer";
import { scratchDirectory } from "../support/testSnapshot";

/** What verify-etcd proves, on real members: rows of the list of faults of a restore. */
const directory = scratchDirectory();
const bump = 1_000_000_000;
let tools: Tools;
let snapshot: string;
/** Of the same cluster, with one key more. */
let other: string;
/** Of a cluster that had run out of space. */
let full: string;
let revision: number;

async function source(name: string, flags: string[] = []): Promise<EtcdServer> {
  fs.mkdirSync(path.join(directory, name));
  const binaries = { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") };
  return EtcdServer.start(binaries, path.join(directory, name, "data"), flags);
}

const revisionOf = async (server: EtcdServer) =>
  (await server.json<{ header: { revision: number } }>("get", "none")).header.revision;

beforeAll(async () => {
  process.env.HASH_SECONDS = "20";
  process.env.STATUS_SECONDS = "2";
  tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
  const server = await source("source");
  for (let n = 0; n < 20; n += 1) await server.put(`/registry/k${n}`, "v");
  snapshot = await server.save(path.join(directory, "snapshot.db"));
  revision = await revisionOf(server);
  await server.put("/registry/later", "v");
  other = await server.save(path.join(directory, "other.db"));
  await server.stop();
  const small = await source("full", ["--quota-backend-bytes=2000000"]);
  await expect(async () => {
    for (let n = 0; n < 60; n += 1) await small.put(`/registry/big${n}`, "x".repeat(100_000));
  }).rejects.toThrow("database space exceeded");
  full = await small.save(path.join(directory, "full.db"));
  await small.stop();
}, 900_000);
afterAll(() => {
  delete process.env.HASH_SECONDS;
  delete process.env.STATUS_SECONDS;
  fs.rmSync(directory, { recursive: true });
});

let count = 0;
async function withMembers(
  args: Omit<RestoredMembers, "directory">,
  work: (members: EtcdMembers) => Promise<void>,
): Promise<void> {
  count += 1;
  const own = path.join(directory, `members${count}`);
  fs.mkdirSync(own);
  const members = await EtcdMembers.start(tools, { directory: own, ...args });
  try {
    await work(members);
  } finally {
    await members.stop();
  }
}

/** Runs the act on them, as the steps before leave the ledger. */
function verify(members: EtcdMembers, ledger: Partial<LedgerRecord> = {}): Promise<ActRun> {
  const scene = new ActScene({ members: members.members, etcd: members.etcd });
  scene.quiet();
  const restored = { revision: String(revision), bump: String(bump), cluster: members.clusterId };
  scene.ledger({ phase: "started", liveRevision: "0", ...restored, ...ledger });
  return scene.run("verify-etcd");
}

/** What it says when it passes. */
interface Verified {
  readonly revision: string;
  readonly members: readonly { readonly name: string; readonly hashKV: string; readonly revision: string }[];
  readonly warnings: readonly string[];
}
const passed = ({ refusal, result }: ActRun): Verified => {
  expect(refusal).toBeUndefined();
  return result as unknown as Verified;
};

describe("members restored from one snapshot", () => {
  it.each(["3.4", "3.6"])("are found equal at one revision, asked by etcdctl %s", async (version) => {
    await withMembers({ snapshots: snapshot }, async (members) => {
      if (version === "3.4") members.useEtcdctl((await provideDebianEtcd()).etcdctl);
      const run = await verify(members);
      const { revision: at, members: equal, warnings } = passed(run);
      expect(Number(at)).toBeGreaterThan(revision + bump);
      expect(equal.map(({ name }) => name)).toEqual(["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"]);
      expect(new Set(equal.map(({ hashKV }) => hashKV)).size).toBe(1);
      expect(equal[0]?.hashKV).toMatch(/^[1-9]\d+$/);
      expect(new Set(equal.map((member) => member.revision))).toEqual(new Set([at]));
      expect(warnings).toEqual([]);
      expect(run.lines).toEqual([`etcd: 3 members equal at revision ${at}, writable`]);
      expect(await members.ctl(0, "get", "/etcd-recovery", "--prefix")).toBe("");
    });
  });

  it("row 28: a member that did not start, and one in another cluster than was staged, are named", async () => {
    await withMembers({ snapshots: snapshot }, async (members) => {
      const foreign = await verify(members, { cluster: "cdf818194e3a8c32" });
      expect(foreign.refusal).toMatchObject({ kind: "failed", code: "etcd-other-cluster" });
      expect(foreign.refusal?.message).toContain(
        "not one restored cluster (staged: cluster 14841639068965178418)",
      );
      await members.end(2);
      const { refusal } = await verify(members);
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toBe("etcd: no answer from: kube-etcd-2");
      expect(refusal?.remedy).toContain("'pulumi destroy' goes back");
    });
  });

  it("row 29: an etcd of before the restore is refused and reported, and undoes nothing", async () => {
    await withMembers({ snapshots: snapshot }, async (members) => {
      const [peer, client] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
      const stranger = members.bootStranger(peer, client);
      await expect.poll(() => members.log(0), { timeout: 20_000 }).toContain("cluster ID mismatch");
      const run = await verify(members);
      stranger.kill("SIGKILL");
      const [warning] = passed(run).warnings;
      expect(warning).toMatch(
        /^an etcd of another cluster still runs and talks to kube-etcd-\d, which refuses it \(member [0-9a-f]+ of cluster [0-9a-f]+\)/,
      );
      expect(run.lines).toContain(`warning: ${warning}`);
      expect(await members.ctl(1, "get", "--prefix", "/registry", "--keys-only")).toContain("/registry/k19");
    });
  });

  it("row 31: a member with other contents is found at one revision, and the way back is named", async () => {
    await withMembers({ snapshots: [snapshot, snapshot, other] }, async (members) => {
      const { refusal } = await verify(members);
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toMatch(
        /contents differ at revision \d+: kube-etcd-0 has hash (\d+); kube-etcd-1 has hash \1; kube-etcd-2/,
      );
      expect(refusal?.remedy).toContain("Do not start the API servers. 'pulumi destroy' goes back");
    });
  });

  it("row 31: also where the one with other contents took the canary, at a revision that the others never have", async () => {
    await withMembers({ snapshots: [other, snapshot, snapshot] }, async (members) => {
      const { refusal } = await verify(members);
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toMatch(
        /contents differ at revision \d+: kube-etcd-0 has hash \d+; kube-etcd-1 has hash (\d+); kube-etcd-2 has hash \1/,
      );
      expect(refusal?.remedy).toContain("Do not start the API servers. 'pulumi destroy' goes back");
    });
  });

  it("row 32: a revision that a client may have seen already is no success", async () => {
    await withMembers({ snapshots: snapshot }, async (members) => {
      const { refusal } = await verify(members, { liveRevision: "2000000000" });
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toMatch(
        /revision \d+ is not above 2000000000 \(last live revision 2000000000/,
      );
    });
  });

  it("row 34: without a mark of compaction, clients would stay blind: refused", async () => {
    await withMembers({ snapshots: snapshot, bump: 0 }, async (members) => {
      const { refusal } = await verify(members, { bump: "0" });
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toContain(
        `a watch from revision ${revision}, before the restore, would not be told to list again`,
      );
    });
  });

  it("row 34: later keys are absent, watches of before and within the bump are ended, the next one works", async () => {
    await withMembers({ snapshots: snapshot }, async (members) => {
      expect(await members.ctl(0, "get", "/registry/later")).toBe("");
      for (const from of [revision + 1, revision + bump / 2]) {
        const ended = await members
          .etcdctl(1, ["watch", "/registry", "--prefix", "--rev", String(from)])
          .catch((error: { stderr: string }) => error.stderr);
        expect(ended).toContain("required revision has been compacted");
      }
      const next = members.etcdctl(2, [
        "watch",
        "/registry",
        "--prefix",
        "--rev",
        String(revision + bump + 1),
      ]);
      next.catch(() => undefined);
      const seen = new Promise((resolve) => next.stdout?.once("data", (data) => resolve(String(data))));
      await members.ctl(0, "put", "/registry/next", "v");
      expect(await seen).toContain("PUT");
      next.kill();
    });
  });
});

describe("row 30: an alarm NOSPACE that came with the snapshot", () => {
  it("is disarmed where there is space, with a warning, and a write proves it", async () => {
    await withMembers({ snapshots: full }, async (members) => {
      const put = members.etcdctl(0, ["put", "a", "b"]);
      await expect(put).rejects.toThrow("database space exceeded");
      await members.ctl(0, "endpoint", "health").catch(() => undefined);
      const run = await verify(members, { revision: "1" });
      const { warnings } = passed(run);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^alarm NOSPACE came with the snapshot; \d+ of 2147483648 bytes are taken, so it was disarmed$/,
        ),
      ]);
      expect(run.lines).toContain(`warning: ${warnings[0]}`);
      expect(await members.ctl(0, "alarm", "list")).toBe("");
      await members.ctl(1, "put", "a", "b");
    });
  });

  it("stops the restore where there is none, with the remedy; afterwards the same step passes", async () => {
    await withMembers({ snapshots: full, flags: ["--quota-backend-bytes=2000000"] }, async (members) => {
      const { refusal } = await verify(members, { revision: "1" });
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toMatch(
        /alarm NOSPACE came with the snapshot, and the store is read-only: \d+ of 2000000 bytes are taken \(\d+ in use\)$/,
      );
      expect(refusal?.remedy).toMatch(/^Free space: .* \(each member\); or raise --quota-backend-bytes/);
      expect(await members.ctl(0, "alarm", "list")).toContain("NOSPACE");
      await members.ctl(0, "del", "/registry/big", "--prefix");
      await members.compactAll();
      passed(await verify(members, { revision: "1" }));
    });
  });
});

describe("what the members' quota is, where they do not say it", () => {
  it("is read from the StatefulSet's flag", async () => {
    await withMembers({ snapshots: full }, async (members) => {
      members.useEtcdctl((await provideDebianEtcd()).etcdctl);
      members.declare(["etcd", "--quota-backend-bytes=2000000"]);
      const { refusal } = await verify(members, { revision: "1" });
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toContain("of 2000000 bytes are taken");
    });
  });
});
