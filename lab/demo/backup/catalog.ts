import { waitUntil } from "../../waiting";
import type { BackupStacks } from "./stacks";
import type { VaultBucket } from "./vaultBucket";

/** A backup as `catalog list -o json` has it. */
export interface Listed {
  readonly key: string;
  readonly state: string;
  readonly generation?: string;
}

/** The bucket's catalog, read by the reader's identity. */
export class Catalog {
  constructor(
    private readonly stacks: BackupStacks,
    private readonly bucket: VaultBucket,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Newest first. */
  async list(): Promise<readonly Listed[]> {
    const store = this.bucket.location;
    const argv = ["catalog", "list", "--store", store, "-o", "json"];
    const { exitCode, stdout, stderr } = await this.stacks.command(this.environment, ...argv);
    if (exitCode !== 0) throw new Error(`catalog list ended with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout).backups;
  }

  async complete(): Promise<readonly Listed[]> {
    return (await this.list()).filter(({ state }) => state === "complete");
  }

  /** Waits for a backup that a CronJob has taken. @returns how many there are */
  async awaitScheduled(): Promise<number> {
    let count = 0;
    await waitUntil({ what: "a scheduled backup", timeoutSeconds: 180 }, async () => {
      count = (await this.complete()).filter(isScheduled).length;
      return count > 0;
    });
    return count;
  }
}

export const isScheduled = ({ generation = "" }: Listed): boolean => generation.startsWith("scheduled-");
