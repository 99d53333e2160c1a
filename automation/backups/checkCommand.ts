import { resolve } from "node:path";
import { UserError } from "../../components/errors";
import { printable } from "../../snapshot";
import type { AgeIdentities } from "../../store/age/identities";
import { ageText, byCluster, type ClusterBackups, parseDuration } from "../../store/catalog";
import { type Attacked, attackBucket, isOpen } from "../../store/gcsAttack";
import { backupSamples } from "../../store/metrics/backupSamples";
import { gaugesOf, gaugesText, writeTextfile } from "../../store/metrics/textfile";
import { isBucketUrl, parseBucketUrl } from "../../store/openStore";
import type { Store } from "../../store/store";
import { verifyBackup } from "../../store/verifyBackup";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, formatOf, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, show } from "../snapshot/output";
import { type AgeVerdict, judgeAges } from "./judgeAges";
import {
  type IdentityOptions,
  identitiesOf,
  lookInto,
  type StoreOptions,
  withIdentity,
  withStore,
} from "./storeOption";

interface Options extends StoreOptions, IdentityOptions, FormatOptions {
  readonly objective: string;
  readonly verify?: boolean;
  readonly probe?: string;
  readonly metrics?: string;
}

/** `etcd-recovery check`: for pipelines and monitors. */
export function checkCommand(): CliCommand {
  const command = withStore(
    new CliCommand("check").description(
      "fail when the newest verified backup of a cluster is older than it may be",
    ),
  )
    .needsOption("--objective <duration>", "how old it may be: 90m, 26h, 2d")
    .option("--verify", "read the newest of each cluster whole as well, as catalog verify does");
  command.option(
    "--probe <file>",
    "attack the bucket as well, by the uploader's credentials in this file: create, then overwrite, shorten its retention, delete",
  );
  command.option(
    "--metrics <file>",
    "write what the backups come to as a Prometheus textfile too (docs/reference/watching.md)",
  );
  return withFormat(withIdentity(command))
    .example("etcd-recovery check --objective 26h --store gs://vault/etcd")
    .example("etcd-recovery check --objective 2h --store /srv/backups --cluster uc1 -o json")
    .example("etcd-recovery check --objective 2h --store /srv/backups --metrics etcd.prom")
    .exits(ExitCode.done, "every cluster has a verified backup that is young enough")
    .exits(
      ExitCode.failed,
      "one has not, there is none at all, an attack of --probe was carried out, or the store did not answer",
    )
    .does(async (options: Options) => {
      const format = formatOf(options);
      const objective = parseDuration(options.objective, "--objective");
      if (options.identityFile !== undefined && options.verify !== true)
        throw new UserError("--identity-file: nothing is read without --verify.", "Give --verify as well.");
      const { store, backups } = await lookInto(options);
      const now = Date.now();
      if (options.metrics !== undefined) {
        const samples = backupSamples(backups, { now, expected: options.cluster });
        await writeTextfile(resolve(options.metrics), gaugesText(gaugesOf(samples)), "--metrics");
      }
      const clusters = byCluster(backups, now);
      const problems =
        options.verify === true ? await problemsOf(store, clusters, await identitiesOf(options)) : new Map();
      const verdicts = judgeAges(clusters, { objective, problems, expected: options.cluster });
      const attacked = await attackedBy(options);
      const gaveWay = attacked !== undefined && isOpen(attacked);
      const isMet = verdicts.length > 0 && verdicts.every(({ isMet: one }) => one) && !gaveWay;
      if (!isMet) process.exitCode = ExitCode.failed;
      show(
        format,
        () => [table(verdicts), ...attackLines(attacked)].join("\n"),
        () => ({
          store: store.location,
          objectiveSeconds: objective,
          met: isMet,
          clusters: verdicts.map(documentOf),
          ...(attacked === undefined
            ? {}
            : { probe: { ...attacked, outcome: gaveWay ? "open" : "refused" } }),
        }),
      );
    });
}

/** @throws UserError when the store is no bucket, or nothing was proven */
async function attackedBy({ probe, store, cluster }: Options): Promise<Attacked | undefined> {
  if (probe === undefined) return undefined;
  if (!isBucketUrl(store))
    throw new UserError(
      `--probe: ${store} is a directory: whoever writes to it can empty it.`,
      "Leave --probe out.",
    );
  const { bucket, path: prefix } = parseBucketUrl(store, "--store");
  const options = { credentialsFile: resolve(probe) };
  return attackBucket({ bucket, prefix, cluster: cluster ?? "check" }, options);
}

const attackLines = (attacked: Attacked | undefined): readonly string[] =>
  (attacked?.attempts ?? []).map(
    ({ attack, isRefused, sentence }) =>
      `${isRefused ? "refused" : "OPEN"}  ${attack}  ${printable(sentence)}`,
  );

/** What is wrong with the newest of each cluster, byte by byte. */
async function problemsOf(
  store: Store,
  clusters: readonly ClusterBackups[],
  identities: AgeIdentities | undefined,
): Promise<ReadonlyMap<string, string>> {
  const problems = new Map<string, string>();
  for (const { cluster, newest } of clusters) {
    const problem = newest === undefined ? undefined : await verifyBackup(store, newest, identities);
    if (problem !== undefined) problems.set(cluster, problem);
  }
  return problems;
}

const documentOf = ({ isMet, ...verdict }: AgeVerdict): object => ({ ...verdict, met: isMet });

function table(verdicts: readonly AgeVerdict[]): string {
  if (verdicts.length === 0) return "FAILED  the store has no backups";
  const rows = verdicts.map(({ cluster, isMet, ageSeconds, newest, reason }) => [
    isMet ? "met" : "FAILED",
    printable(cluster),
    ageSeconds === undefined ? "" : `${ageText(ageSeconds)} old`,
    printable(newest ?? ""),
    printable(reason ?? ""),
  ]);
  return columns(rows);
}
