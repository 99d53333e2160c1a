import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { UpdateOptions } from "../../automation/driver";
import type { Lab } from "../lab";
import type { Account } from "./account";
import type { DemoOptions } from "./options";

/** What every scenario works with. */
export interface Scene {
  readonly lab: Lab;
  readonly account: Account;
  readonly options: DemoOptions;
  /** Environment of Pulumi and of what it starts. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory of the account, Pulumi's logs and, in `store`, of backups: that one is removed with the lab. */
  readonly directory: string;
  /** When the demo began, in milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Options of an update of one stack; Pulumi's own text goes to `pulumi-<stack>.log`. */
export function updateOptions(scene: Scene, stack: string): UpdateOptions {
  const log = join(scene.directory, `pulumi-${stack}.log`);
  const { environment } = scene;
  return { stack, environment, onOutput: (text) => appendFileSync(log, text, { mode: 0o600 }) };
}

/** Where a scenario keeps its backups: they hold every Secret of the cluster. */
export function storeDirectory({ directory }: Pick<Scene, "directory">): string {
  return join(directory, "store");
}

/** Seconds since the demo began, to a tenth. */
export function elapsedSeconds({ startedAt }: Pick<Scene, "startedAt">): number {
  return Math.round((Date.now() - startedAt) / 100) / 10;
}
