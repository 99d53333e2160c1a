import { printable } from "../../snapshot";
import { CliCommand } from "../commandLine/cliCommand";
import { type FormatOptions, formatOf, withFormat } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, show, size } from "../snapshot/output";
import { version } from "../version";

interface Options extends FormatOptions {
  readonly settings: string;
}

/** `backup run`: one backup by the agent's own function, from a workstation or a pipeline. */
export function runCommand(): CliCommand {
  const command = new CliCommand("run")
    .description("take one backup over etcd's own interface, as the agent does on a schedule")
    .needsOption("--settings <file>", "the agent's settings, JSON (docs/reference/agent.md)");
  return withFormat(command)
    .example("etcd-recovery backup run --settings uc1.json")
    .exits(ExitCode.done, "the backup is in the store")
    .exits(ExitCode.failed, "no quorum, the snapshot did not come whole, or the store did not take it")
    .exits(ExitCode.usage, "wrong arguments or settings")
    .exits(ExitCode.refused, "the snapshot is damaged, or of another cluster; nothing was stored")
    .does(run);
}

async function run(options: Options): Promise<void> {
  const format = formatOf(options);
  // gRPC takes a moment to load: other commands do without
  const { readAgentSettings } =
    require("../../agent/agentSettings") as typeof import("../../agent/agentSettings");
  const { runBackup } = require("../../agent/backup") as typeof import("../../agent/backup");
  const { sayOnStderr } = require("../../agent/events") as typeof import("../../agent/events");
  const settings = await readAgentSettings(options.settings);
  const result = await runBackup(settings, { toolVersion: version, say: sayOnStderr });
  show(
    format,
    () =>
      columns([
        ["snapshot", printable(result.snapshot)],
        ["manifest", printable(result.manifest)],
        ["revision", result.revision],
        ["size", `${size(result.bytes)}, stored ${size(result.storedBytes)}`],
      ]),
    () => ({ cluster: settings.cluster, ...result }),
  );
}
