import { errorOf, failed } from "../procedure/refusal";
import type { BackupArguments } from "./backupArguments";
import type { BackupSource } from "./backupSource";
import { captureBackup } from "./captureBackup";
import { Captured } from "./captured";
import { openHostedSource } from "./hostedSource";
import { openNodesSource } from "./nodesSource";
import { sealBackup } from "./sealBackup";

/** What a step of a backup needs beside its arguments. */
export interface BackupStepOptions {
  /** Of this program; recorded in the manifest. */
  readonly toolVersion: string;
  /** A line of the step's account. */
  say(line: string): void;
  /** Default: the one that the arguments name. */
  readonly open?: (substrate: unknown, step: string) => Promise<BackupSource>;
}

/** The cluster that a backup's arguments name, whatever its members live on. */
async function openSource(substrate: unknown, step: string): Promise<BackupSource> {
  const { kind } = substrate as { readonly kind?: unknown };
  return kind === "nodes" ? openNodesSource(substrate, step) : openHostedSource(substrate, step);
}

/** The steps of a backup in their order, each a Command of its stack. */
export const backupSteps = ["capture", "seal"] as const;

/**
 * Runs one step of a backup. Run twice, the second run finds done what the first one did.
 *
 * @returns the step's result, as JSON. @throws UserError
 */
export async function performBackupStep(
  name: string,
  args: BackupArguments,
  { toolVersion, say, open = openSource }: BackupStepOptions,
): Promise<object> {
  const { cluster, profile, generation, directory } = args;
  const captured = Captured.of(directory, cluster, generation);
  const source = await open(args.substrate, name);
  try {
    if (name === "capture") return await captureBackup(source, captured, args, say);
    if (name === "seal") {
      const { user } = source;
      const members = source.members.map((member) => member.name);
      const store = args.store ?? directory;
      const recipients = args.snapshotRecipients;
      const task = { cluster, profile, generation, members, store, recipients, toolVersion, user, say };
      const { snapshot, manifest, revision } = await sealBackup(task, captured);
      return { snapshot, manifest, revision };
    }
  } finally {
    source.close();
  }
  throw errorOf(failed("act-unknown", `a backup has no step ${name}`, "pulumi up"));
}
