import { createHash } from "node:crypto";
import { isComplete, listBackups } from "../../store/backups";
import { bytesContent } from "../../store/content";
import { type Attacked, isOpen } from "../../store/gcsAttack";
import { putBackup } from "../../store/putBackup";
import type { Store } from "../../store/store";
import { StoreError } from "../../store/storeError";
import { verifyBackup } from "../../store/verifyBackup";
import { newManifest } from "../support/storedBackups";

/** A vault that is thrown away, as the smoke test uses it. */
export interface SmokeVault {
  /** Makes it. */
  up(): Promise<void>;
  /** By the uploader's identity. */
  readonly uploader: Store;
  /** By the person's own. */
  readonly own: Store;
  /** By the uploader's identity. */
  attack(): Promise<Attacked>;
  /** Removes what may be removed. @returns what stays, each with the command that removes it where there is one */
  destroy(): Promise<readonly string[]>;
  /** What a person does where that fails. */
  readonly afterwards: string;
  /** Waits before it is tried again whether a right is known everywhere by now. */
  wait(): Promise<void>;
}

/** One thing that was tried. */
export interface SmokeStep {
  readonly step: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly sentence?: string;
}

/** The last line of a run. */
export interface SmokeReport {
  readonly ok: boolean;
  readonly steps: readonly SmokeStep[];
  readonly left: readonly string[];
}

/** Rights are known everywhere within minutes (https://cloud.google.com/iam/docs/access-change-propagation). */
const TRIES = 40;

/**
 * Makes a vault, stores a backup in it, reads it back, tries what the uploader must not be able to do, and removes the vault,
 * whatever came before. What fails ends all but the removal.
 */
export async function smokeGcs(vault: SmokeVault, say: (line: string) => void): Promise<SmokeReport> {
  const steps: SmokeStep[] = [];
  const tried = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    const begun = Date.now();
    const seconds = () => (Date.now() - begun) / 1000;
    try {
      const done = await work();
      steps.push({ step, ok: true, seconds: seconds() });
      say(`${step}: done`);
      return done;
    } catch (error) {
      const sentence = (error as Error).message;
      steps.push({ step, ok: false, seconds: seconds(), sentence });
      say(`${step}: ${sentence}`);
      throw error;
    }
  };
  let left: readonly string[] = [vault.afterwards];
  try {
    await tried("up", () => vault.up());
    await tried("upload", () => settled(vault, () => upload(vault.uploader)));
    await tried("read", () => readBack(vault.own));
    await tried("list by the uploader", () => refusedListing(vault.uploader));
    await tried("attack", () => attackRefused(vault));
  } catch {
    // the report has it
  }
  try {
    left = await tried("destroy", () => vault.destroy());
  } catch {
    // what is left then is said in the report
  }
  return { ok: steps.every(({ ok }) => ok), steps, left };
}

const BYTES = Buffer.from("smoke test of a vault: no snapshot of any cluster\n");

async function upload(store: Store): Promise<void> {
  const sha256 = createHash("sha256").update(BYTES).digest("hex");
  const manifest = newManifest({
    cluster: "smoke",
    time: "2026-01-01T00:00:00.000Z",
    sha256,
    bytes: BYTES.length,
  });
  await putBackup(store, bytesContent(BYTES), bytesContent(""), manifest);
}

/** A right that was given a moment ago may not be known yet. */
async function settled<T>(vault: SmokeVault, work: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left <= 1 || !(error instanceof StoreError) || error.fault !== "denied") throw error;
      await vault.wait();
    }
  }
}

async function readBack(store: Store): Promise<void> {
  const [backup] = await listBackups(store, "smoke");
  if (backup === undefined || !isComplete(backup))
    throw new Error(
      `${store.location}: the backup is ${backup?.state ?? "not there"}: ${backup?.reason ?? ""}`,
    );
  const problem = await verifyBackup(store, backup);
  if (problem !== undefined) throw new Error(problem);
}

async function refusedListing(store: Store): Promise<void> {
  const listed = await store.list("").then(
    () => true,
    (error) => {
      if (error instanceof StoreError && error.fault === "denied") return false;
      throw error;
    },
  );
  if (listed) throw new Error(`${store.location}: the uploader can list it`);
}

async function attackRefused(vault: SmokeVault): Promise<void> {
  const attacked = await vault.attack();
  if (!isOpen(attacked)) return;
  const open = attacked.attempts.filter(({ isRefused }) => !isRefused);
  throw new Error(`carried out by the uploader: ${open.map(({ attack }) => attack).join(", ")}`);
}
