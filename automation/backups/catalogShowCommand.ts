import { printable } from "../../snapshot";
import type { Backup } from "../../store/backups";
import { namedBackup } from "../../store/catalog";
import type { Store } from "../../store/store";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, formatOf, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, show, size } from "../snapshot/output";
import { ageOf, backupDocument } from "./backupDocument";
import { lookAround, type StoreOptions, withStore } from "./storeOption";

/** `catalog show` */
export function catalogShowCommand(): CliCommand {
  const command = withStore(
    new CliCommand("show").description("show one backup: its manifest and its objects"),
  ).needsArgument("<backup>", "its key, its address, or the beginning of its last part or of its digest");
  return withFormat(command)
    .usage("[options] <backup> --store <location>")
    .example("etcd-recovery catalog show 20261127T020800Z --store /srv/backups")
    .exits(ExitCode.done, "shown")
    .exits(ExitCode.failed, "the store did not answer")
    .does(async (name: string, options: StoreOptions & FormatOptions) => {
      const format = formatOf(options);
      const { store, backups } = await lookAround(options);
      const backup = namedBackup(backups, name, store.location);
      const now = Date.now();
      show(
        format,
        () => describe(store, backup, now),
        () => ({
          ...backupDocument(backup, now),
          address: store.address(backup.key),
          objects: backup.objects,
          ...(backup.manifest === undefined ? {} : { manifest: backup.manifest }),
        }),
      );
    });
}

function describe(store: Store, backup: Backup, now: number): string {
  const { manifest, reason, held, drill } = backup;
  const facts: [string, string][] = [
    ["address", store.address(backup.key)],
    ["state", reason === undefined ? backup.state : `${backup.state}: ${reason}`],
    ["taken", backup.time === "" ? "" : `${backup.time} (${ageOf(backup, now)} ago)`],
    ["held", held ?? ""],
    ["drill", drill === undefined ? "" : `${drill.outcome} ${drill.time}: ${drill.sentence}`],
  ];
  if (manifest !== undefined) {
    const { etcd, census = {}, encryption = [] } = manifest;
    facts.push(
      ["generation", manifest.generation],
      ["revision", etcd.revision],
      ["saved from", `${etcd.savedFrom} of ${etcd.members.join(", ")}`],
      ["etcd", etcd.version],
      ["Kubernetes", manifest.kubernetesVersion ?? ""],
      ["UID of kube-system", manifest.kubeSystemUid ?? ""],
      ["objects", `${Object.values(census).reduce((sum, count) => sum + count, 0)}`],
      ["encryption", encryption.map(({ provider, keyName }) => `${provider}:${keyName}`).join(", ")],
      ["SHA-256", manifest.snapshot.plain.sha256],
      ["by", `etcd-recovery ${manifest.toolVersion}`],
    );
  }
  const known = facts.filter(([, value]) => value !== "").map(([what, value]) => [what, printable(value)]);
  const objects = backup.objects.map(({ key, bytes, crc32c = "" }) => [printable(key), size(bytes), crc32c]);
  return `${columns(known)}\n\n${columns(objects)}`;
}
