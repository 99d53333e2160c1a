import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { utilityScript } from "../../components/restore/restoreScripts";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { EtcdServer } from "../support/etcdServer";
import { scratchDirectory } from "../support/testSnapshot";

/** Faults of the disk while etcdutl restores. Row numbers are those of docs/reference/refusals.md unless said otherwise. */
const directory = scratchDirectory();
const script = path.join(directory, "stage.sh");
let tools: Tools;
let snapshot: string;

beforeAll(async () => {
  tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
  const server = await EtcdServer.start(
    { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") },
    path.join(directory, "data"),
  );
  try {
    for (let i = 0; i < 30; i++) await server.put(`/registry/k${i}`, `${i}`.repeat(3000));
    snapshot = await server.save(path.join(directory, "snapshot.db"));
  } finally {
    await server.stop();
  }
  fs.writeFileSync(script, utilityScript("stage"));
}, 900_000);
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** A volume with live data, on which a snapshot has arrived. */
function volume(name: string): { data: string; work: string } {
  const data = path.join(directory, name);
  const work = path.join(data, ".etcd-recovery", "r1");
  fs.mkdirSync(path.join(data, "member", "snap"), { recursive: true });
  fs.writeFileSync(path.join(data, "member", "snap", "db"), "live");
  fs.mkdirSync(work, { recursive: true });
  fs.copyFileSync(snapshot, path.join(work, "snapshot.db"));
  fs.writeFileSync(path.join(work, "received"), "");
  return { data, work };
}

const url = "http://127.0.0.1:23790";
const stageArguments = ["r1", "etcdutl", "one", `one=${url}`, "token", url, "1000000000", "digest"];

/** What a run on a volume has said, and what the volume holds after it. */
interface Staging {
  readonly code: number | null;
  readonly stderr: string;
  /** Content of the live database, then the names in the restore's own directory. */
  readonly left: readonly string[];
}

/**
 * Stages on a copy of the volume that has a small file system of its own, which goes with the process that sees it.
 *
 * @param spare kilobytes that are free on it. @param before shell commands that run before etcdutl restores, on /mnt
 * @param after shell commands that run at the end, with `"$@"` as the step
 */
function stageWith(
  data: string,
  spare: number,
  faults: { before?: string; first?: string; after?: string },
): Staging {
  const bin = fs.mkdtempSync(path.join(directory, "bin-"));
  const real = tools.path("etcdutl");
  const stub = `#!/bin/sh\ncase $* in *" --data-dir "*) ${faults.before ?? ":"} ;; esac\nexec ${real} "$@"\n`;
  fs.writeFileSync(path.join(bin, "etcdutl"), stub, { mode: 0o755 });
  const inside = `mount -t tmpfs -o size=$(($(du -sk "$1" | cut -f1) + ${spare}))k none /mnt && cp -a "$1/." /mnt && shift &&
    { ${faults.first ?? ":"}; DATA_DIRECTORY=/mnt sh "$@"; code=$?; cat /mnt/member/snap/db; echo; ls -A /mnt/.etcd-recovery/r1
    ${faults.after ?? ":"}; exit $code; }`;
  const flags = process.getuid?.() === 0 ? "-m" : "-rm";
  const ran = spawnSync("unshare", [flags, "sh", "-c", inside, "sh", data, script, ...stageArguments], {
    encoding: "utf8",
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  return { code: ran.status, stderr: ran.stderr, left: ran.stdout.trim().split("\n") };
}

const untouched = (left: readonly string[], work: readonly string[]) => {
  const [database, ...names] = left;
  expect(database).toBe("live");
  expect(names).toEqual(work);
};
const received = ["received", "restore.log", "snapshot.db"];

describe("faults row 24: the disk", () => {
  test("row 36 and faults row 24: is full: the bytes needed are named, the half directory goes, the live data stays", () => {
    const { data } = volume("full");
    const { code, stderr, left } = stageWith(data, 400, {});
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^etcdutl could not restore the snapshot: .*no space left on device/s);
    const [, needed, free] =
      /; restoring needs (\d+) bytes beside what .* has (\d+) free$/m.exec(stderr) ?? [];
    expect(Number(needed)).toBe(fs.statSync(snapshot).size + 64 * 2 ** 20);
    // What the tool had written is given back: as much is free as before.
    expect(Number(free)).toBeGreaterThan(300 * 1024);
    untouched(left, received);
  });

  test("faults row 24: is full, and large enough afterwards: the same step goes on", () => {
    const { data } = volume("enlarged");
    const again =
      'mount -o remount,size=200m /mnt && DATA_DIRECTORY=/mnt sh "$@" && ls -A /mnt/.etcd-recovery/r1; code=$?';
    const { code, stderr, left } = stageWith(data, 400, { after: again });
    expect(stderr).toContain("no space left on device");
    expect(code, stderr).toBe(0);
    expect(left).toEqual(
      expect.arrayContaining([
        "sha256 digest",
        expect.stringMatching(/^cluster [0-9a-f]+$/),
        "staged",
        "restored",
      ]),
    );
  });

  test("faults row 24: becomes read-only while the tool restores", () => {
    const { data } = volume("read-only-later");
    const { code, stderr, left } = stageWith(data, 100_000, { before: "mount -o remount,ro /mnt" });
    expect(code, stderr).not.toBe(0);
    expect(stderr).toMatch(/read-only file system/i);
    expect(left[0]).toBe("live");
    expect(left).not.toContain("staged");
    expect(left).not.toContain("restored");
  });

  test("faults row 24: becomes read-only, is mended, and the same step goes on", () => {
    const { data } = volume("mended");
    const again =
      'mount -o remount,rw /mnt && rm "$0" 2> /dev/null; DATA_DIRECTORY=/mnt STAGE_AGAIN=1 sh "$@"; code=$?';
    const { code, stderr, left } = stageWith(data, 100_000, {
      before: '[ -n "${STAGE_AGAIN:-}" ] || mount -o remount,ro /mnt',
      after: again,
    });
    expect(stderr).toMatch(/read-only file system/i);
    expect(code, stderr).toBe(0);
    expect(left.at(-1)).toMatch(/^cluster [0-9a-f]+$/);
  });

  test("faults row 24: was read-only before: said at once, not after a wait for a lock", () => {
    const { data } = volume("read-only");
    const started = performance.now();
    const { code, stderr, left } = stageWith(data, 400, { first: "mount -o remount,ro /mnt" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Read-only file system/);
    expect(stderr).toMatch(/^the member's volume, \/mnt, takes no change \(see above\)/m);
    expect(performance.now() - started).toBeLessThan(10_000);
    untouched(left, ["received", "snapshot.db"]);
  });

  test("faults row 24: cannot be read (EIO): the error is named, the half directory goes", () => {
    const { data } = volume("unreadable");
    // Every read of this file is answered with EIO by the kernel.
    const first = "ln -sf /proc/self/mem /mnt/.etcd-recovery/r1/snapshot.db";
    const { code, stderr, left } = stageWith(data, 100_000, { first });
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^etcdutl could not restore the snapshot: .*input\/output error/s);
    untouched(left, received);
  });
});
