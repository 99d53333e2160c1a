import { isAbsolute } from "node:path";
import { z } from "zod";
import { argumentsUpTo, jsonOf } from "../procedure/arguments";
import { errorOf, failed } from "../procedure/refusal";
import { taking } from "./taking";

/** The format of {@link BackupArguments}. A program reads all older ones and refuses newer ones. */
export const BACKUP_ARGUMENTS_FORMAT = 4;

const absolute = z.string().refine(isAbsolute, "must be an absolute path");

/** What a step of a backup is told: one JSON value in the environment variable ETCD_RECOVERY_ARGUMENTS. No secret is in it. */
const schema = z.object({
  format: z.number().int(),
  operation: z.literal("backup"),
  /** Which substrate, and how it is reached (components/hosted/hostedAccess.ts). */
  substrate: z.looseObject({ kind: z.string() }),
  /** The cluster's name, as the store has it. */
  cluster: z.string(),
  /** Recorded in the manifest. */
  profile: z.string(),
  generation: z.string().min(1),
  /** Root of the directory store. */
  directory: absolute,
  /** The bucket that the backup goes to, instead of the directory; since format 2. */
  store: z
    .string()
    .regex(/^gs:\/\/[^\s]+$/)
    .optional(),
  /** Where in the member's Pod the snapshot lies for a moment; never the root. Absent for machines. */
  podDirectory: taking.podDirectory.default("/tmp"),
  /** age recipients of keys and certificates; since format 3, of machines. */
  recipients: z.array(z.string().startsWith("age1")).min(1).optional(),
  /** age recipients of the snapshot and the list of its keys; since format 4. */
  snapshotRecipients: z.array(z.string().startsWith("age1")).min(1).optional(),
  /** Longest time of the save, and of one try to fetch it, in seconds. */
  saveSeconds: taking.saveSeconds,
});
export type BackupArguments = z.infer<typeof schema>;

/** Whether the arguments of a step are those of a backup's, of whichever format. */
export function isBackupArguments(text: string | undefined): boolean {
  return (jsonOf(text) as { operation?: unknown } | undefined)?.operation === "backup";
}

/** @throws UserError when a newer program wrote them, or they are not arguments of a backup's step */
export function parseBackupArguments(text: string | undefined): BackupArguments {
  const raw = argumentsUpTo(BACKUP_ARGUMENTS_FORMAT, "backup", text);
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join(".")))].join(", ");
  throw errorOf(
    failed(
      "arguments-invalid",
      `ETCD_RECOVERY_ARGUMENTS holds no arguments of a backup's step (${fields}): steps are run by \`pulumi up\``,
      "pulumi up",
    ),
  );
}
