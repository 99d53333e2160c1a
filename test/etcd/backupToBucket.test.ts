import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { performBackupStep } from "../../components/backup/backupSteps";
import { Captured } from "../../components/backup/captured";
import { FakeGcs } from "../../lab/gcs/fakeGcs";
import { isComplete, listBackups } from "../../store/backups";
import { bytesOf } from "../../store/content";
import { fetchSnapshot } from "../../store/fetchSnapshot";
import { GcsStore } from "../../store/gcsStore";
import { plainBytes } from "../../store/plainCopy";
import { planPrune, prune } from "../../store/prune";
import { verifyBackup } from "../../store/verifyBackup";
import { startGcsGate } from "../support/gcsGate";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../support/testSnapshot";
import { FakeSource } from "../unit/backup/fakeSource";

/** A backup of a stack into a bucket, and what is done with it then: found, verified, brought back, pruned. */
describe("a backup into a bucket", () => {
  const scratch = scratchDirectory();
  let fake: FakeGcs;
  let gate: Awaited<ReturnType<typeof startGcsGate>>;
  let source: FakeSource;
  let snapshot: string;
  beforeAll(async () => {
    fake = await FakeGcs.start(scratch);
    gate = await startGcsGate(fake.url);
    vi.stubEnv("ETCD_RECOVERY_GCS_ENDPOINT", gate.url);
    snapshot = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(3) });
    source = new FakeSource(snapshot);
    source.user = undefined;
  }, 600_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await gate?.stop();
    await fake?.stop();
    rmSync(scratch, { recursive: true });
  });

  const scene = async () => {
    const bucket = await fake.bucket();
    const directory = join(mkdtempSync(join(scratch, "run-")), "store");
    const run = (name: string, generation = "1") =>
      performBackupStep(
        name,
        {
          ...{ format: 2, operation: "backup", substrate: { kind: "hosted" }, cluster: "uc1", generation },
          ...{ profile: "gdc-kubeception", directory, store: `gs://${bucket}/etcd`, podDirectory: "/tmp" },
          saveSeconds: 20,
        },
        { toolVersion: "9.9.9", say: () => undefined, open: async () => source },
      );
    return { run, directory, store: new GcsStore(bucket, "etcd") };
  };

  it("is whole there, leaves nothing here, and is found by the next run", async () => {
    const { run, directory, store } = await scene();
    await run("capture");
    const sealed = (await run("seal")) as { snapshot: string; manifest: string; revision: string };
    expect(sealed).toMatchObject({
      revision: "5",
      snapshot: /^gs:\/\/bucket-\d+\/etcd\/v1\/uc1\/.*snapshot.db.zst$/,
    });
    expect(existsSync(Captured.of(directory, "uc1", "1").directory)).toBe(false);
    expect(await run("seal")).toEqual(sealed);
    const [backup, ...more] = (await listBackups(store)).filter(isComplete);
    expect(more).toEqual([]);
    if (backup === undefined) throw new Error("no backup");
    expect(backup.manifest.snapshot.stored).toMatchObject({ crc32c: expect.stringMatching(/^[\w+/]{6}==$/) });
    expect(await verifyBackup(store, backup)).toBeUndefined();
    const fetched = await fetchSnapshot(sealed.snapshot, { cache: join(scratch, "cache"), id: "r1" });
    const plain = await bytesOf(plainBytes(fetched), 1 << 24);
    expect(plain.equals(readFileSync(snapshot))).toBe(true);
  });

  it("is none when an object was damaged on its way; the next run stores another", async () => {
    const { run, store } = await scene();
    await run("capture");
    gate.next("flip");
    await expect(run("seal")).rejects.toThrow(/was damaged on its way/);
    expect((await listBackups(store)).map(({ state }) => state)).toEqual(["incomplete"]);
    await new Promise((later) => setTimeout(later, 1100));
    await run("seal");
    // by time: the snapshot was taken before the run that was damaged stored it
    expect((await listBackups(store)).map(({ state }) => state).sort()).toEqual(["complete", "incomplete"]);
  });

  it("is pruned: what the policy keeps stays, and what the bucket keeps is said", async () => {
    const { run, store } = await scene();
    for (const generation of ["1", "2", "3"]) {
      await run("capture", generation);
      await run("seal", generation);
      await new Promise((later) => setTimeout(later, 1100));
    }
    const plan = await planPrune(store, { policy: { hourly: 1 }, now: Date.now() });
    expect(plan.removed.length).toBeGreaterThanOrEqual(1);
    gate.next("retained");
    const { removed, failed } = await prune(store, plan, () => undefined);
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reasons[0]).toMatch(/is kept by the bucket/);
    expect(removed).toHaveLength(plan.removed.length - 1);
    const left = (await listBackups(store)).filter(isComplete);
    expect(left).toHaveLength(3 - removed.length);
    expect(left[0]?.manifest.generation).toBe("3");
  });
});
