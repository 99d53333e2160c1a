import { UserError } from "../../components/errors";
import { printable } from "../../snapshot";
import { isEncrypted } from "../../store/age/decrypted";
import type { AgeIdentities } from "../../store/age/identities";
import { type Backup, isComplete } from "../../store/backups";
import { byCluster, namedBackup } from "../../store/catalog";
import type { Store } from "../../store/store";
import { verifyBackup } from "../../store/verifyBackup";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, formatOf, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, show } from "../snapshot/output";
import { backupDocument } from "./backupDocument";
import {
  type IdentityOptions,
  identitiesOf,
  lookInto,
  type StoreOptions,
  withIdentity,
  withStore,
} from "./storeOption";

interface Options extends StoreOptions, IdentityOptions, FormatOptions {
  readonly all?: boolean;
}

interface Verified {
  readonly backup: Backup;
  /** Undefined: every byte is as its manifest says. */
  readonly problem?: string;
  /** It is encrypted, and without an identity nobody looked inside: every byte is as it was stored. */
  readonly isClosed: boolean;
}

/** `catalog verify`: reads the bytes themselves. */
export function catalogVerifyCommand(): CliCommand {
  const command = withStore(
    new CliCommand("verify").description(
      "read backups whole and compare every byte with what the manifests say",
    ),
  )
    .argument("[backups...]", "which, as for catalog show; by default the newest of each cluster")
    .option("--all", "every one in the store");
  return withFormat(withIdentity(command))
    .usage("[options] [backups...] --store <location>")
    .example("etcd-recovery catalog verify --store /srv/backups")
    .example("etcd-recovery catalog verify --all --store gs://vault/etcd -o json")
    .exits(ExitCode.done, "each is as its manifest says")
    .exits(ExitCode.failed, "there is none to verify, or the store did not answer")
    .exits(ExitCode.refused, "at least one is not: do not restore it")
    .does(run);
}

async function run(names: readonly string[], options: Options): Promise<void> {
  const format = formatOf(options);
  if (options.all === true && names.length > 0)
    throw new UserError("--all and names of backups are two ways to say which.", "Give one of them.");
  const { store, backups } = await lookInto(options);
  const identities = await identitiesOf(options);
  const now = Date.now();
  const verified: Verified[] = [];
  for (const backup of chosen(store, backups, names, options.all === true))
    verified.push(await verify(store, backup, identities));
  if (verified.length === 0) process.exitCode = ExitCode.failed;
  if (verified.some(({ problem }) => problem !== undefined)) process.exitCode = ExitCode.refused;
  show(
    format,
    () => table(verified),
    () => ({
      store: store.location,
      backups: verified.map(({ backup, problem, isClosed }) => ({
        ...backupDocument(backup, now),
        valid: problem === undefined,
        ...(isClosed ? { verified: "stored bytes" } : {}),
        ...(problem === undefined ? {} : { problem }),
      })),
    }),
  );
}

/** What lies in the store and is no backup of ours is nobody's promise; the newest includes one that is corrupt. */
function chosen(
  store: Store,
  backups: readonly Backup[],
  names: readonly string[],
  all: boolean,
): readonly Backup[] {
  if (names.length > 0) return names.map((name) => namedBackup(backups, name, store.location));
  const counted = backups.filter(({ state }) => state === "complete" || state === "corrupt");
  if (all) return counted;
  return byCluster(counted, Date.now()).flatMap(({ backups: own }) => own.slice(0, 1));
}

async function verify(
  store: Store,
  backup: Backup,
  identities: AgeIdentities | undefined,
): Promise<Verified> {
  if (!isComplete(backup)) return { backup, problem: `${backup.state}: ${backup.reason}`, isClosed: false };
  const problem = await verifyBackup(store, backup, identities);
  const isClosed = isEncrypted(backup) && identities === undefined;
  return { backup, isClosed, ...(problem === undefined ? {} : { problem }) };
}

function table(verified: readonly Verified[]): string {
  if (verified.length === 0) return "no backup to verify";
  const closed = "stored bytes alone: encrypted, and no --identity-file";
  return columns(
    verified.map(({ backup, problem, isClosed }) => [
      problem === undefined ? "valid" : "CORRUPT",
      printable(backup.key),
      printable(problem ?? (isClosed ? closed : "")),
    ]),
  );
}
