import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memberExit } from "../../components/member/memberScripts";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { EtcdServer } from "../support/etcdServer";
import { writeMemberScripts } from "../support/memberVolume";
import { receivedDigest, receivedVolume } from "../support/receivedVolume";
import { scratchDirectory } from "../support/testSnapshot";

/** Faults of the disk while etcdutl restores. Row numbers are those of docs/reference/refusals.md unless said otherwise. */
const directory = scratchDirectory();
const script = path.join(writeMemberScripts(path.join(directory, "scripts")), "stage.sh");
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
}, 900_000);
afterAll(() => fs.rmSync(directory, { recursive: true }));

const volume = (name: string) => receivedVolume(directory, name, snapshot);

const url = "http://127.0.0.1:23790";
const stageArguments = ["r1", "etcdutl", "one", `one=${url}`, "token", url, "1000000000", receivedDigest];

/** What a run on a volume has said, and what the volume holds after it. */
interface Staging {
  readonly code: number | null;
  readonly stderr: string;
  /** Content of the live database, then the names in the restore's own directory, then what `afterwards` has printed. */
  readonly left: readonly string[];
}

/** Shell commands of a case, with the volume at /mnt. */
interface Faults {
  /** Mounts the file system of the volume's own. */
  readonly mount: string;
  /** Before the step. */
  readonly before?: string;
  /** When the tool begins to restore, and when it has ended. */
  readonly during?: string;
  readonly restored?: string;
  /** After the step, which is `"$@"`; its result is `$code`. */
  readonly afterwards?: string;
}

/** A small file system with so many kilobytes free. */
const small = (spare: number) => `mount -t tmpfs -o size=$(($(du -sk "$1" | cut -f1) + ${spare}))k none /mnt`;
/** Leaves less than a restore needs of what is free. */
const fill = `head -c "$(($(df -Pk /mnt | awk 'NR == 2 { print $4 }') * 1024 - 200000))" /dev/zero > /mnt/filler`;
/** ext4 on a disk that can lose its end; a file takes the blocks at its beginning, so that the restored data needs others. */
const disk = (options: string) =>
  `truncate -s 200m "$IMAGE" && mkfs.ext4 -q -F -N 128 ${options} "$IMAGE" && mount -o loop "$IMAGE" /mnt &&
    dd if=/dev/zero of=/mnt/filler bs=1M count=16 conv=fsync 2> /dev/null`;
const diskDies = `truncate -s 8m "$IMAGE"; losetup --set-capacity "$(findmnt -n -o SOURCE /mnt)"`;

/** Stages on a copy of the volume; the mount goes with the process that sees it. */
function stageWith(data: string, { mount, before, during, restored, afterwards }: Faults): Staging {
  const bin = fs.mkdtempSync(path.join(directory, "bin-"));
  const tool = `#!/bin/sh
case $* in *" --data-dir "*) ${during ?? ":"} ;; esac
${tools.path("etcdutl")} "$@" || exit
case $* in *" --data-dir "*) ${restored ?? ":"} ;; esac
`;
  fs.writeFileSync(path.join(bin, "etcdutl"), tool, { mode: 0o755 });
  const inside = `${mount} && cp -a "$1/." /mnt && sync -f /mnt && shift &&
    { ${before ?? ":"}; DATA_DIRECTORY=/mnt sh "$@"; code=$?; cat /mnt/member/snap/db; echo; ls -A /mnt/.etcd-recovery/r1
    ${afterwards ?? ":"}; exit $code; }`;
  const flags = isRoot ? "-m" : "-rm";
  const ran = spawnSync("unshare", [flags, "sh", "-c", inside, "sh", data, script, ...stageArguments], {
    encoding: "utf8",
    env: { PATH: `${bin}:${process.env.PATH}`, IMAGE: path.join(bin, "image") },
  });
  return { code: ran.status, stderr: ran.stderr, left: ran.stdout.trim().split("\n") };
}

const isRoot = process.getuid?.() === 0;
const untouched = (left: readonly string[], work: readonly string[]) => {
  const [database, ...names] = left;
  expect(database).toBe("live");
  expect(names).toEqual(work);
};
const received = ["received", "restore.log", "snapshot.db"];

describe("faults row 24: the disk", () => {
  test("row 36 and defect 17: is too small: the bytes needed are named, nothing is kept, the live data stays", () => {
    const { data } = volume("small");
    const { code, stderr, left } = stageWith(data, { mount: small(400) });
    expect(code, stderr).toBe(memberExit.noSpace);
    const [, needed, free] =
      /^restoring needs (\d+) bytes beside what .* has (\d+) free; \d+ must stay free: /m.exec(stderr) ?? [];
    expect(Number(needed)).toBe(fs.statSync(snapshot).size + 64 * 2 ** 20);
    expect(Number(free)).toBeGreaterThan(300 * 1024);
    untouched(left, []);
  });

  test("faults row 24: fills up while the tool restores: the half directory goes, the live data stays", () => {
    const { data } = volume("full");
    const { code, stderr, left } = stageWith(data, { mount: small(200 * 1024), during: fill });
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^etcdutl could not restore the snapshot: .*no space left on device/s);
    const [, needed, free] =
      /; restoring needs (\d+) bytes beside what .* has (\d+) free$/m.exec(stderr) ?? [];
    expect(Number(needed)).toBe(fs.statSync(snapshot).size + 64 * 2 ** 20);
    // What the tool had written is given back.
    expect(Number(free)).toBeGreaterThan(100 * 1024);
    untouched(left, received);
  });

  test("faults row 24: fills up, and is large enough afterwards: the same step goes on", () => {
    const { data } = volume("enlarged");
    const mended = 'rm /mnt/filler; DATA_DIRECTORY=/mnt sh "$@"; code=$?';
    const mount = small(200 * 1024);
    const during = `[ -e /mnt/filled ] || { ${fill}; touch /mnt/filled; }`;
    const { code, stderr, left } = stageWith(data, { mount, during, afterwards: mended });
    expect(stderr).toContain("no space left on device");
    expect(code, stderr).toBe(0);
    expect(left.at(-2)).toMatch(/^cluster [0-9a-f]+$/);
    expect(left.at(-1)).toBe("bump 1000000000");
  });

  test("faults row 24: was read-only before: said at once, not after a wait for a lock", () => {
    const { data } = volume("read-only");
    const started = performance.now();
    const { code, stderr, left } = stageWith(data, { mount: small(400), before: "mount -o remount,ro /mnt" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Read-only file system/);
    expect(stderr).toMatch(/^the member's volume, \/mnt, takes no change \(see above\)/m);
    expect(performance.now() - started).toBeLessThan(10_000);
    untouched(left, ["received", "snapshot.db"]);
  });

  // A disk that fails is a loop device that has shrunk, which only root can make.
  test.skipIf(!isRoot)("faults row 24: becomes read-only while the tool restores", () => {
    const { data } = volume("read-only-later");
    const { code, stderr, left } = stageWith(data, { mount: disk("-e remount-ro"), during: diskDies });
    expect(code, stderr).not.toBe(0);
    expect(stderr).toMatch(
      /^etcdutl could not restore the snapshot: .*(read-only file system|input\/output error)/m,
    );
    expect(left[0]).toBe("live");
    expect(left).not.toContain("staged");
    expect(left).not.toContain("restored");
  });

  test.skipIf(!isRoot)(
    "faults row 24: fails with EIO while the tool restores: named, and the live data stays",
    () => {
      const { data } = volume("broken");
      const mount = disk("-O ^has_journal -e continue");
      const { code, stderr, left } = stageWith(data, { mount, during: diskDies });
      expect(code, stderr).not.toBe(0);
      expect(stderr).toMatch(/^etcdutl could not restore the snapshot: .*input\/output error/m);
      expect(left[0]).toBe("live");
      expect(left).not.toContain("staged");
      expect(left).not.toContain("restored");
    },
  );

  test.skipIf(!isRoot)(
    "faults row 24: fails when all is restored and nothing is durable: not taken for staged",
    () => {
      const { data } = volume("not-durable");
      const mount = disk("-O ^has_journal -e continue");
      const { code, stderr, left } = stageWith(data, { mount, restored: diskDies });
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(
        /^the member's volume, \/mnt, does not keep what is written: .*Input\/output error$/m,
      );
      expect(left[0]).toBe("live");
      expect(left).not.toContain("staged");
    },
  );
});
