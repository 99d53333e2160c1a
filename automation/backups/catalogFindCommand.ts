import { nameKey, printable } from "../../snapshot";
import type { AgeIdentities } from "../../store/age/identities";
import { type CompleteBackup, isComplete } from "../../store/backups";
import { type BackupKey, hasKeyList, readKeyList } from "../../store/keyList";
import type { Store } from "../../store/store";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, formatOf, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, show } from "../snapshot/output";
import { resourceOfShortName } from "../snapshot/shortNames";
import { ageOf, backupDocument } from "./backupDocument";
import {
  type IdentityOptions,
  identitiesOf,
  lookInto,
  type StoreOptions,
  withIdentity,
  withStore,
} from "./storeOption";

interface Hit {
  readonly backup: CompleteBackup;
  readonly keys: readonly BackupKey[];
}

interface Found {
  /** Of each cluster the newest backup that has it. */
  readonly hits: readonly Hit[];
  /** Newer ones that do not have it. */
  readonly without: readonly CompleteBackup[];
  /** Those without a list of keys: nobody looked. */
  readonly unknown: readonly CompleteBackup[];
}

/** `catalog find`: which backup last had an object. */
export function catalogFindCommand(): CliCommand {
  const command = withStore(
    new CliCommand("find").description(
      "find the newest backup that has an object, without opening a snapshot",
    ),
  )
    .needsArgument("<kind>", "its kind, as kubectl takes it: deployment, deploy, widgets.example.com")
    .needsArgument("<name>", "its name, or namespace/name; without a namespace any");
  return withFormat(withIdentity(command))
    .usage("[options] <kind> <name> --store <location>")
    .example("etcd-recovery catalog find secret shop/login --store /srv/backups")
    .example("etcd-recovery catalog find deploy web --store gs://vault/etcd --cluster uc1")
    .exits(ExitCode.done, "found")
    .exits(ExitCode.failed, "no backup has it, or the store did not answer")
    .does(run);
}

async function run(
  kind: string,
  name: string,
  options: StoreOptions & IdentityOptions & FormatOptions,
): Promise<void> {
  const format = formatOf(options);
  const { store, backups } = await lookInto(options);
  const identities = await identitiesOf(options);
  const complete = backups.filter(isComplete);
  const results: Found[] = [];
  for (const cluster of [...new Set(complete.map((backup) => backup.cluster))].sort()) {
    const own = complete.filter((backup) => backup.cluster === cluster);
    results.push(await find(store, own, isWanted(kind, name), identities));
  }
  const found = {
    hits: results.flatMap(({ hits }) => hits),
    without: results.flatMap(({ without }) => without),
    unknown: results.flatMap(({ unknown }) => unknown),
  };
  if (found.hits.length === 0) process.exitCode = ExitCode.failed;
  const now = Date.now();
  show(
    format,
    () => describe(store, found, `${kind} ${name}`, now),
    () => ({
      store: store.location,
      found: found.hits.map(({ backup, keys }) => ({ ...backupDocument(backup, now), keys })),
      without: found.without.map(({ key }) => key),
      unknown: found.unknown.map(({ key }) => key),
    }),
  );
}

function isWanted(kind: string, name: string): (key: BackupKey) => boolean {
  const lower = kind.toLowerCase();
  const wanted = resourceOfShortName.get(lower) ?? lower;
  const slash = name.indexOf("/");
  const [namespace, plain] = slash < 0 ? [undefined, name] : [name.slice(0, slash), name.slice(slash + 1)];
  return (key) => {
    // most keys are told by their ends, which is quicker than to read their names
    if (!key.key.endsWith(`/${plain}`)) return false;
    const named = nameKey(key);
    return (
      named.kinds.includes(wanted) && named.name === plain && [undefined, named.namespace].includes(namespace)
    );
  };
}

/** @param backups of one cluster, newest first */
async function find(
  store: Store,
  backups: readonly CompleteBackup[],
  wanted: (key: BackupKey) => boolean,
  identities: AgeIdentities | undefined,
): Promise<Found> {
  const without: CompleteBackup[] = [];
  const unknown: CompleteBackup[] = [];
  for (const backup of backups) {
    if (!hasKeyList(backup)) {
      unknown.push(backup);
      continue;
    }
    const keys: BackupKey[] = [];
    for await (const key of readKeyList(store, backup, identities)) if (wanted(key)) keys.push(key);
    if (keys.length > 0) return { hits: [{ backup, keys }], without, unknown };
    without.push(backup);
  }
  return { hits: [], without, unknown };
}

function describe(store: Store, { hits, without, unknown }: Found, what: string, now: number): string {
  const rows = hits.flatMap(({ backup, keys }) =>
    keys.map(({ key, revision }) => [
      backup.cluster,
      printable(key),
      `revision ${printable(revision)}`,
      `${ageOf(backup, now)} ago`,
      store.address(`${backup.key}/${backup.manifest.snapshot.file}`),
    ]),
  );
  const lines = rows.length > 0 ? [columns(rows)] : [`no backup has ${printable(what)}`];
  if (without.length > 0) lines.push(`${without.length} newer or other backup(s) do not have it`);
  if (unknown.length > 0)
    lines.push(`${unknown.length} of an earlier version have no list of keys: etcd-recovery snapshot search`);
  return lines.join("\n");
}
