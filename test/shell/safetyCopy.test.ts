import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utilityScript, type utilityScripts } from "../../components/restore/restoreScripts";
import { fakeDatabase, fakeEtcdutl } from "../support/fakeEtcdutl";
import { Sandbox, shells } from "../support/shells";

const snapshot = Buffer.alloc(4096, "x");
const digest = createHash("sha256").update(snapshot).digest("hex");

/** The last state before a restore is the one that nobody has a copy of. */
describe.each(shells)("row 12: the previous data, under $name", (shell) => {
  let sandbox: Sandbox;
  let data: string;
  const run = (
    id: string,
    name: (typeof utilityScripts)[number],
    argv: string[] = [],
    input: Buffer | string = "",
  ) => sandbox.run(utilityScript(name), [id, ...argv], { env: { DATA_DIRECTORY: data }, input });
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
    expect(run(id, "receive", [String(snapshot.length), digest, "none"], snapshot).code).toBe(0);
    const argv = ["etcdutl", "m0", "m0=http://m0:1", "token", "http://m0:1", "1000", digest];
    expect(run(id, "stage", argv).code).toBe(0);
    expect(run(id, "swap").code).toBe(0);
  };

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    data = join(sandbox.directory, "data");
    for (const part of ["snap", "wal"]) mkdirSync(join(data, "member", part), { recursive: true });
    chmodSync(join(data, "member"), 0o700);
    writeFileSync(join(data, "member", "snap", "db"), randomBytes(70_000), { mode: 0o600 });
    writeFileSync(join(data, "member", "snap", "1-2.snap"), randomBytes(100));
    writeFileSync(join(data, "member", "wal", "0-0.wal"), randomBytes(1000));
    sandbox.stub("etcdutl", fakeEtcdutl({ database: fakeDatabase("restored", snapshot.length) }));
  });
  afterEach(() => sandbox.dispose());

  it("row 12: lies byte-identical under member.pre-<id>; finalize alone removes it", () => {
    const before = image(join(data, "member"));
    restore("r1");
    const kept = () => image(join(data, "member.pre-r1"));
    expect(kept()).toEqual(before);

    // Nothing else that a restore does, or a later one, takes it away or changes it.
    const restored = image(join(data, "member"));
    expect(run("r1", "swap").code).toBe(0);
    expect(run("r1", "release").code).toBe(0);
    expect(run("r1", "main").code).toBe(0);
    restore("r2");
    expect(run("r2", "release").code).toBe(0);
    expect(kept()).toEqual(before);
    expect(image(join(data, "member.pre-r2"))).toEqual(restored);

    const live = image(join(data, "member"));
    const finalized = run("f1", "finalize", ["r1"]);
    expect(finalized).toMatchObject({ code: 0, stderr: "" });
    expect(Number(/^freed (\d+)$/m.exec(finalized.stdout)?.[1])).toBeGreaterThan(70_000);
    expect(readdirSync(data).sort()).toEqual([".etcd-recovery", "member", "member.pre-r2"]);
    expect(image(join(data, "member.pre-r2"))).toEqual(restored);
    expect(image(join(data, "member"))).toEqual(live);
  });

  it("row 12: is put back byte-identical by an undo", () => {
    const before = image(join(data, "member"));
    restore("r1");
    expect(run("r1", "unswap").code).toBe(0);
    expect(image(join(data, "member"))).toEqual(before);
  });
});
