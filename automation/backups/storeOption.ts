import { statSync } from "node:fs";
import { UserError } from "../../components/errors";
import { AgeIdentities, IDENTITY_FILE_VARIABLE } from "../../store/age/identities";
import { type Backup, listBackups } from "../../store/backups";
import { looseArchives } from "../../store/foreignArchive";
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

/** Of commands that look inside what is encrypted. */
export interface IdentityOptions {
  readonly identityFile?: string;
}

/** A command that looks inside what is encrypted, where it is given an identity. */
export function withIdentity(command: CliCommand): CliCommand {
  return command.option(
    "--identity-file <file>",
    `age identities, for what is inside encrypted backups (or $${IDENTITY_FILE_VARIABLE})`,
  );
}

/** Those of the options or the environment. @throws UserError */
export const identitiesOf = ({ identityFile }: IdentityOptions): Promise<AgeIdentities | undefined> =>
  AgeIdentities.named(identityFile, "--identity-file");

/** The store of the options. @throws UserError when it is no bucket, and no directory that is there */
export function storeOf({ store }: StoreOptions): Store {
  const found = isBucketUrl(store) ? undefined : statSync(store, { throwIfNoEntry: false });
  if (!isBucketUrl(store) && found?.isDirectory() !== true)
    throw new UserError(
      `--store: ${store} is ${found === undefined ? "not there" : "no directory"}.`,
      "Give backup.directory of the backup stack, or gs://BUCKET.",
    );
  return openStore(store, "--store");
}

/** The store and what lies in it, newest first. */
export async function lookInto(options: StoreOptions): Promise<{ store: Store; backups: readonly Backup[] }> {
  const store = storeOf(options);
  return { store, backups: await listBackups(store, options.cluster) };
}

/** The same, and behind them the archives of gkectl that lie in a directory: for lists, never for a judgement of ages. */
export async function lookAround(
  options: StoreOptions,
): Promise<{ store: Store; backups: readonly Backup[] }> {
  const { store, backups } = await lookInto(options);
  return { store, backups: [...backups, ...(await looseArchives(store, options.cluster))] };
}
