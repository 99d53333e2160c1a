import { existsSync } from "node:fs";
import { UserError } from "../../components/errors";
import { type Backup, listBackups } from "../../store/backups";
import { isBucketUrl, openStore } from "../../store/openStore";
import type { Store } from "../../store/store";
import type { CliCommand } from "../commandLine/cliCommand";
import { ExitCode } from "../exitCode";

/** Options of every command that looks into a store. */
export interface StoreOptions {
  readonly store: string;
  readonly cluster?: string;
}

/** A command that looks into a store. */
export function withStore(command: CliCommand): CliCommand {
  return command
    .needsOption("--store <location>", "where the backups lie: a directory, or gs://bucket/prefix")
    .option("--cluster <name>", "only backups of this cluster")
    .exits(ExitCode.usage, "wrong arguments, or a store that is not there");
}

/** The store of the options. @throws UserError when it is a directory that is not there */
export function storeOf({ store }: StoreOptions): Store {
  if (!isBucketUrl(store) && !existsSync(store))
    throw new UserError(
      `--store: ${store} is not there.`,
      "Give backup.directory of the backup stack, or gs://BUCKET.",
    );
  return openStore(store, "--store");
}

/** The store and what lies in it, newest first. */
export async function lookInto(options: StoreOptions): Promise<{ store: Store; backups: readonly Backup[] }> {
  const store = storeOf(options);
  return { store, backups: await listBackups(store, options.cluster) };
}
