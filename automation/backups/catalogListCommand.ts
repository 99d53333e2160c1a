import { printable } from "../../snapshot";
import { ageText, byCluster, type ClusterBackups } from "../../store/catalog";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, formatOf, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, show, size } from "../snapshot/output";
import { ageOf, backupDocument } from "./backupDocument";
import { lookAround, type StoreOptions, withStore } from "./storeOption";

/** `catalog list` */
export function catalogListCommand(): CliCommand {
  const command = withStore(
    new CliCommand("list").description(
      "list backups, newest first, and how old the newest of each cluster is",
    ),
  );
  return withFormat(command)
    .example("etcd-recovery catalog list --store /srv/backups")
    .example("etcd-recovery catalog list --store gs://vault/etcd --cluster uc1 -o json")
    .exits(ExitCode.done, "listed, whatever the backups are like")
    .exits(ExitCode.failed, "the store did not answer")
    .does(async (options: StoreOptions & FormatOptions) => {
      const format = formatOf(options);
      const { store, backups } = await lookAround(options);
      const now = Date.now();
      const clusters = byCluster(backups, now);
      show(
        format,
        () => clusters.map((cluster) => describe(cluster, now)).join("\n\n") || "no backups",
        () => ({
          store: store.location,
          clusters: clusters.map(({ cluster, newest, ageSeconds }) => ({
            cluster,
            ...(newest === undefined ? {} : { newest: newest.key, ageSeconds }),
          })),
          backups: backups.map((backup) => backupDocument(backup, now)),
        }),
      );
    });
}

function describe({ cluster, backups, ageSeconds }: ClusterBackups, now: number): string {
  const newest =
    ageSeconds === undefined ? "none may be restored" : `newest verified ${ageText(ageSeconds)} old`;
  const rows = backups.map((backup) => [
    "",
    backup.time,
    ageOf(backup, now),
    backup.state,
    size(backup.bytes),
    backup.manifest === undefined ? "" : `revision ${printable(backup.manifest.etcd.revision)}`,
    printable(backup.reason ?? backup.held ?? ""),
    printable(backup.key),
  ]);
  return `${printable(cluster) || "(names no cluster)"}: ${newest}\n${columns(rows)}`;
}
