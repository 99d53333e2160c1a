import { Command } from "commander";
import { sealBackup } from "../../components/backup/sealBackup";
import { version } from "../version";

interface SealOptions {
  readonly cluster: string;
  readonly profile: string;
  readonly generation: string;
  readonly members: string;
  readonly staging: string;
  readonly directory: string;
}

/** `etcd-recovery backup seal`: the last step of a backup; run by the backup stack, not by people. */
export function backupCommand(): Command {
  const backup = new Command("backup").description("steps of a backup stack; run by the stack");
  backup
    .command("seal")
    .description("verify a captured snapshot and put it into a directory store with its manifest")
    .requiredOption("--cluster <name>", "the user cluster")
    .requiredOption("--profile <name>", "its profile")
    .requiredOption("--generation <text>", "the backup's generation")
    .requiredOption("--members <names>", "the members, separated by spaces")
    .requiredOption("--staging <directory>", "holds snapshot.db and facts")
    .requiredOption("--directory <directory>", "root of the store")
    .action(async (options: SealOptions) => {
      const sealed = await sealBackup({
        ...options,
        members: options.members.split(" "),
        toolVersion: version,
      });
      process.stdout.write(
        `snapshot ${sealed.snapshot}\nmanifest ${sealed.manifest}\nrevision ${sealed.revision}\n`,
      );
    });
  return backup;
}
