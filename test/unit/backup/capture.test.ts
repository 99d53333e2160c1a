import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type CaptureTask, captureBackup } from "../../../components/backup/captureBackup";
import { Captured } from "../../../components/backup/captured";
import { cleanUp } from "../../../components/backup/cleanUp";
import { FailedError } from "../../../components/errors";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";
import { FakeSource } from "./fakeSource";

const task: CaptureTask = { generation: "night 1", podDirectory: "/tmp", saveSeconds: 5, fetchSeconds: 0 };

describe("the capture of a backup", () => {
  const scratch = scratchDirectory();
  let snapshot: string;
  let captured: Captured;
  let source: FakeSource;
  let lines: string[];
  const capture = (changes: Partial<CaptureTask> = {}) =>
    captureBackup(source, captured, { ...task, ...changes }, (line) => lines.push(line));

  beforeAll(() => {
    snapshot = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(3) });
  });
  afterAll(() => rmSync(scratch, { recursive: true }));
  beforeEach(() => {
    captured = Captured.of(mkdtempSync(join(scratch, "store-")), "uc1", task.generation);
    source = new FakeSource(snapshot);
    lines = [];
  });

  it("saves a follower's snapshot, readable by its owner alone, and leaves nothing beside the member", async () => {
    source.uid = "u-1";
    const facts = await capture();
    expect(facts).toEqual({
      time: expect.stringMatching(/Z$/),
      member: "kube-etcd-1",
      clusterId: "1",
      etcdVersion: "3.6.14",
      kubeSystemUid: "u-1",
      kubernetesVersion: "v1.33.1",
    });
    expect(readFileSync(captured.snapshot).equals(readFileSync(snapshot))).toBe(true);
    expect(statSync(captured.snapshot).mode & 0o777).toBe(0o600);
    expect(statSync(captured.directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(captured.directory).sort()).toEqual(["facts.json", "snapshot.db"]);
    expect(source.files.size).toBe(0);
    const [save] = source.substrate.calls.of(/snapshot save/);
    expect(save).toBe("etcd.run kube-etcd-1 snapshot save /tmp/etcd-recovery-night-1.db");
  });

  it("takes the leader only when it is alone, and a follower that lags least", async () => {
    source.etcd.member("kube-etcd-1").role = "learner";
    expect((await capture()).member).toBe("kube-etcd-2");
    source = new FakeSource(snapshot, 1);
    captured = Captured.of(mkdtempSync(join(scratch, "store-")), "uc1", "2");
    expect((await capture()).member).toBe("kube-etcd-0");
  });

  it("takes none without a quorum: it might miss writes", async () => {
    for (const name of ["kube-etcd-1", "kube-etcd-2"]) source.etcd.member(name).role = "learner";
    await expect(capture()).rejects.toThrow("etcd of uc1: only 1 of 3 members are healthy");
    expect(source.substrate.calls.of(/snapshot save/)).toEqual([]);
  });

  it("takes none a second time", async () => {
    await capture();
    const before = source.substrate.calls.all.length;
    await capture();
    expect(source.substrate.calls.all.length).toBe(before);
  });

  it("defect 15: a silent user cluster is no difference, and the next run asks it again", async () => {
    expect((await capture()).kubeSystemUid).toBeUndefined();
    expect(lines.join("\n")).toContain("did not say who it is (no answer from https://uc1 within 20 s)");
    source.uid = "u-1";
    expect((await capture()).kubeSystemUid).toBe("u-1");
    expect((await captured.read())?.kubeSystemUid).toBe("u-1");
    expect(source.substrate.calls.of(/snapshot save/)).toHaveLength(1);
  });

  it("fetches again what was cut, or came with another byte", async () => {
    const bytes = readFileSync(snapshot);
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8((damaged[700] ?? 0) ^ 1, 700);
    source.streams = [
      () => Readable.from([bytes.subarray(0, 512 + 32)]),
      () => Readable.from([damaged]),
      () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]),
    ];
    await capture({ fetchSeconds: 5 });
    expect(readFileSync(captured.snapshot).equals(bytes)).toBe(true);
    expect(lines.filter((line) => line.includes("did not arrive whole, once more"))).toHaveLength(2);
  });

  it.each([
    ["hangs", () => new Readable({ read: () => undefined }), "it did not arrive within 0.2 s"],
    ["is empty", () => Readable.from([]), "it did not arrive whole (0 bytes)"],
    [
      "fails",
      () =>
        new Readable({
          read() {
            this.destroy(new FailedError("cat in Pod kube-etcd-1 ended with 1"));
          },
        }),
      "cat in Pod kube-etcd-1 ended with 1",
    ],
  ])("ends when a fetch %s, and leaves nothing beside the member", async (_, stream, why) => {
    source.streams = [stream];
    const started = performance.now();
    await expect(capture({ saveSeconds: 0.2 })).rejects.toThrow(
      `kube-etcd-1: the snapshot did not arrive whole: ${why}`,
    );
    expect(performance.now() - started).toBeLessThan(3000);
    expect(source.files.size).toBe(0);
    expect(existsSync(captured.snapshot)).toBe(false);
    expect(await captured.read()).toBeUndefined();
  });

  it("says what etcdctl said of a save that failed", async () => {
    source.etcd.on(/^snapshot save/, (member, [, , path]) => {
      source.files.add(`${member} ${path}.part`);
      return { code: 1, stdout: "", stderr: '{"level":"info"}\nError: no space left on device\n' };
    });
    await expect(capture()).rejects.toThrow(
      "kube-etcd-1: etcdctl snapshot save failed: Error: no space left on device",
    );
    expect(source.files.size).toBe(0);
  });

  it("also removes what a killed run had saved beside another member", async () => {
    source.files.add("kube-etcd-2 /tmp/etcd-recovery-night-1.db");
    await capture();
    expect(source.files.size).toBe(0);
  });

  it("rows 37, 39: says that no member could be asked", async () => {
    source.substrate.die();
    await expect(capture()).rejects.toThrow(
      "etcd of uc1: no member could be asked. Look: look at the members",
    );
    expect(source.substrate.calls.of(/snapshot save/)).toEqual([]);
  });

  it("takes facts that cannot be read for none", async () => {
    await capture();
    writeFileSync(join(captured.directory, "facts.json"), '{"member":');
    expect(await captured.read()).toBeUndefined();
    await capture();
    expect(source.substrate.calls.of(/snapshot save/)).toHaveLength(2);
  });
});

describe("cleaning up", () => {
  it("is done when the work failed, and listens to signals no longer", async () => {
    const listeners = process.listenerCount("SIGTERM");
    let cleaned = 0;
    const clean = async () => {
      cleaned += 1;
    };
    await expect(cleanUp(clean, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await cleanUp(clean, async () => "done")).toBe("done");
    expect(cleaned).toBe(2);
    expect(process.listenerCount("SIGTERM")).toBe(listeners);
  });

  it("is done when the process is told to end, which it does then", async () => {
    const { spawnSync } = await import("node:child_process");
    const marks = mkdtempSync(join(tmpdir(), "etcd-recovery-test-"));
    onTestFinished(() => rmSync(marks, { recursive: true }));
    const mark = join(marks, "cleaned");
    const source = join(__dirname, "../../../components/backup/cleanUp.ts");
    const program = `require("tsx/cjs"); const { writeFileSync } = require("node:fs");
      require(${JSON.stringify(source)}).cleanUp(
        async () => writeFileSync(${JSON.stringify(mark)}, "yes"),
        () => new Promise((resolve) => { setTimeout(resolve, 60_000); process.kill(process.pid, "SIGTERM"); }))`;
    const { status } = spawnSync("node", ["-e", program], {
      cwd: join(__dirname, "../../.."),
      timeout: 20_000,
    });
    expect(status).toBe(143);
    expect(readFileSync(mark, "utf8")).toBe("yes");
  }, 30_000);
});
