import { verdictToJson, verifySnapshot } from "../../snapshot";
import type { CliCommand } from "../commandLine/cliCommand";
import { formatOf } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { describeSnapshot } from "./inspectTable";
import { refuse, show } from "./output";
import { clearProgress } from "./progressLine";
import { type ReadingOptions, reading, readingCommand, readingExits } from "./readingOptions";
import { renamed, withInputs } from "./snapshotInputs";

/** `snapshot inspect FILE`: exit code 0 for a valid snapshot, 3 for a refused one. */
export function inspectCommand(): CliCommand {
  const command = readingCommand("inspect", "verify a snapshot and count what is in it")
    .needsArgument(
      "<file>",
      "a snapshot, plain or compressed with zstd or gzip, or an archive of gkectl's with one in it; - for standard input",
    )
    .example("etcd-recovery snapshot inspect snapshot.db")
    .example("etcd-recovery snapshot inspect uc1_backup_TIME.tar.gz --member 'etcd/*.db'")
    .example("ssh HOST cat snapshot.db.zst | etcd-recovery snapshot inspect - -o json")
    .exits(ExitCode.done, "valid: safe to restore from");
  return readingExits(command).does(inspect);
}

async function inspect(name: string, options: ReadingOptions): Promise<void> {
  const format = formatOf(options);
  await withInputs([name], options.quiet, async (file) => {
    const verdict = await verifySnapshot(file.path, ...reading(file.name, options));
    clearProgress();
    if (!verdict.valid) refuse(renamed(verdict.problem, file), format);
    else
      show(
        format,
        () => describeSnapshot(file.name, verdict),
        () => verdictToJson(verdict),
      );
  });
}
