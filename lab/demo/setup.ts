import { join } from "node:path";
import type { DemoOptions } from "./options";

/** What the demo's processes tell each other, as JSON in the environment variable {@link setupVariable}. */
export interface Setup {
  readonly options: DemoOptions;
  /** Directory of the account, Pulumi's logs and the store of backups. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export const setupVariable = "ETCD_RECOVERY_DEMO";

/** What this process was told by the one that started it. */
export function readSetup(): Setup {
  return JSON.parse(process.env[setupVariable] ?? "") as Setup;
}

/** Where the actors keep what nobody needs after them. */
export function temporaryDirectory({ directory }: Setup): string {
  return join(directory, "tmp");
}
