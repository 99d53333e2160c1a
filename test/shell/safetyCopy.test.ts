import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import { shells } from "../support/shells";
import { digest, StagingVolume, snapshot } from "../support/stagingVolume";

/** The last state before a restore is the one that nobody has a copy of. */
describe.each(shells)("row 12: the previous data, under $name", (shell) => {
  let volume: StagingVolume;
  let data: string;
  /** Everything of a directory: names, modes, contents. */
  const image = (directory: string) =>
    readdirSync(directory, { recursive: true })
      .map(String)
      .sort()
      .map((name) => {
        const path = join(directory, name);
        const { mode, mtimeMs } = statSync(path);
        return statSync(path).isFile() ? [name, mode, mtimeMs, readFileSync(path, "base64")] : [name, mode];
      });
  const restore = (id: string) => {
    const restore = { id, bytes: snapshot.length, sha256: digest, codec: "none" } as const;
    expect(volume.run(memberCalls.receive(restore), snapshot).code).toBe(0);
    const names = { tool: "etcdutl", member: "m0", initialCluster: "m0=http://m0:1", token: "token" };
    const stage = { ...restore, ...names, peerUrl: "http://m0:1", bump: "1000" };
    expect(volume.run(memberCalls.stage(stage)).code).toBe(0);
    expect(volume.run(memberCalls.swap(id)).code).toBe(0);
  };

  beforeEach(() => {
    volume = new StagingVolume(shell);
    data = volume.data;
    chmodSync(join(data, "member"), 0o700);
    writeFileSync(join(data, "member", "snap", "db"), randomBytes(70_000), { mode: 0o600 });
    writeFileSync(join(data, "member", "snap", "1-2.snap"), randomBytes(100));
    writeFileSync(join(data, "member", "wal", "0-0.wal"), randomBytes(1000));
  });
  afterEach(() => volume.dispose());

  it("row 12: lies byte-identical under member.pre-<id>; finalize alone removes it", () => {
    const before = image(join(data, "member"));
    restore("r1");
    const kept = () => image(join(data, "member.pre-r1"));
    expect(kept()).toEqual(before);

    // Nothing else that a restore does, or a later one, takes it away or changes it.
    const restored = image(join(data, "member"));
    expect(volume.run(memberCalls.swap("r1")).code).toBe(0);
    expect(volume.run(memberCalls.release("r1")).code).toBe(0);
    expect(volume.run(memberCalls.main("r1")).code).toBe(0);
    restore("r2");
    expect(volume.run(memberCalls.release("r2")).code).toBe(0);
    expect(kept()).toEqual(before);
    expect(image(join(data, "member.pre-r2"))).toEqual(restored);

    const live = image(join(data, "member"));
    const finalized = volume.run(memberCalls.finalize({ id: "f1", from: "r1" }));
    expect(finalized).toMatchObject({ code: 0, stderr: "" });
    expect(Number(/^freed (\d+)$/m.exec(finalized.stdout)?.[1])).toBeGreaterThan(70_000);
    expect(readdirSync(data).sort()).toEqual([".etcd-recovery", "member", "member.pre-r2"]);
    expect(image(join(data, "member.pre-r2"))).toEqual(restored);
    expect(image(join(data, "member"))).toEqual(live);
  });

  it("row 12: is put back byte-identical by an undo", () => {
    const before = image(join(data, "member"));
    restore("r1");
    expect(volume.run(memberCalls.unswap("r1")).code).toBe(0);
    expect(image(join(data, "member"))).toEqual(before);
  });
});
