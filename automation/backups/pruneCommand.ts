import { Option } from "commander";
import { printable } from "../../snapshot";
import type { Backup } from "../../store/backups";
import { type Pruned, planPrune, prune } from "../../store/prune";
import { type Decision, defaultPolicy } from "../../store/retention";
import { parsePolicy, policyText } from "../../store/retentionPolicy";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, formatOf, print, printDocument, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { confirm } from "../recovery/confirmation";
import { columns, counted, size } from "../snapshot/output";
import { backupDocument } from "./backupDocument";
import { type StoreOptions, storeOf, withStore } from "./storeOption";

interface Options extends StoreOptions, FormatOptions {
  readonly keep: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `backup prune`: carries out a retention policy. */
export function pruneCommand(): CliCommand {
  const command = withStore(
    new CliCommand("prune").description(
      "remove the backups that a policy does not keep, and say why the others stay",
    ),
  )
    .option(
      "--keep <policy>",
      "how many stay: the newest of each of so many hours, days, weeks, months, years",
      policyText(defaultPolicy),
    )
    .addOption(new Option("--dry-run", "show what would be removed, and remove nothing").conflicts("yes"))
    .option("--yes", "remove without asking; without a terminal nothing is removed otherwise");
  return withFormat(command)
    .example("etcd-recovery backup prune --store /srv/backups --dry-run")
    .example("etcd-recovery backup prune --store gs://vault/etcd --keep daily=7 --yes")
    .exits(ExitCode.done, "done, or nothing was to be removed")
    .exits(ExitCode.failed, "some could not be removed, or the store did not answer")
    .exits(ExitCode.refused, "not confirmed; nothing was removed")
    .does(run);
}

async function run(options: Options): Promise<void> {
  const format = formatOf(options);
  const policy = parsePolicy(options.keep, "--keep");
  const store = storeOf(options);
  const now = Date.now();
  const { cluster } = options;
  const plan = await planPrune(store, { policy, now, ...(cluster === undefined ? {} : { cluster }) });
  const isDry = options.dryRun === true || plan.removed.length === 0;
  if (!isDry && options.yes !== true) {
    process.stderr.write(`${table(plan, "to be removed")}\n`);
    await confirm("backup prune", "removes backups");
  }
  const say = (line: string) => process.stderr.write(`${printable(line)}\n`);
  const done = isDry ? plan : await prune(store, plan, say);
  if (done.failed.length > 0) process.exitCode = ExitCode.failed;
  if (format === "table") return print(table(done, options.dryRun === true ? "to be removed" : "removed"));
  const described = (all: readonly Decision<Backup>[]) =>
    all.map(({ backup, reasons }) => ({ ...backupDocument(backup, now), reasons }));
  printDocument(format, {
    store: store.location,
    policy,
    dryRun: options.dryRun === true,
    kept: described(done.kept),
    removed: described(done.removed),
    failed: described(done.failed),
  });
}

function table({ kept, removed, failed }: Pruned, word: string): string {
  const rows = [
    ...kept.map((one) => row("kept", one)),
    ...removed.map((one) => row(word, one)),
    ...failed.map((one) => row("failed", one)),
  ];
  const bytes = removed.reduce((sum, { backup }) => sum + backup.bytes, 0);
  const sums = [
    `${counted(kept.length, "backup")} kept, ${removed.length} ${word} (${size(bytes)})`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
  ];
  return [...(rows.length > 0 ? [columns(rows)] : []), sums.join(", ")].join("\n");
}

const row = (word: string, { backup, reasons }: Decision<Backup>): string[] => [
  word,
  backup.key,
  printable(reasons.join("; ")),
];
