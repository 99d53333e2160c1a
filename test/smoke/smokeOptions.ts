import { UserError } from "../../components/errors";
import type { VaultInput } from "../../vault/vaultSettings";

/** What a person says on the command line. */
export interface SmokeOptions {
  readonly project?: string;
  readonly location: string;
  readonly yes?: boolean;
}

/** What a smoke test stands on, as this machine says it. */
export interface Ground {
  /** Version of the program `pulumi`; undefined where it is not there. */
  readonly pulumi: string | undefined;
  /** Versions of its plugin `gcp` that are installed. */
  readonly plugins: readonly string[];
  /** Version that the package `@pulumi/gcp` needs; undefined where it is not installed. */
  readonly wanted: string | undefined;
  /** File of the credentials; undefined where there is none. */
  readonly credentials: string | undefined;
  /** Where none was. */
  readonly missing?: string;
}

const RUN = "npm run smoke -- gcs --project PROJECT --yes";

/** @throws UserError for the first thing that is missing on the command line */
export function checkOptions({ project, location, yes }: SmokeOptions): {
  project: string;
  location: string;
} {
  if (project === undefined)
    throw new UserError("--project: it is needed: the vault is made in a real project.", RUN);
  if (!/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/.test(project))
    throw new UserError(
      `--project: ${JSON.stringify(project)} is no id of a project.`,
      "gcloud projects list",
    );
  if (!/^[A-Za-z]+-[A-Za-z]+[0-9]+$/.test(location))
    throw new UserError(
      `--location: ${JSON.stringify(location)} is no region such as EUROPE-WEST3.`,
      "gcloud storage buckets list --format 'value(location)'",
    );
  if (yes !== true)
    throw new UserError(
      `--yes: it makes a bucket, identities and a key in ${project}, which cost a little; its key ring can never be deleted.`,
      RUN.replace("PROJECT", project),
    );
  return { project, location };
}

/** @throws UserError for the first thing that this machine lacks */
export function checkGround({ pulumi, plugins, wanted, credentials, missing }: Ground): void {
  if (pulumi === undefined)
    throw new UserError(
      "pulumi: the program is not in PATH.",
      "https://www.pulumi.com/docs/install/, then the same command again",
    );
  if (wanted === undefined)
    throw new UserError("@pulumi/gcp: the package is not installed.", "npm ci --ignore-scripts");
  if (!plugins.includes(wanted))
    throw new UserError(
      `pulumi: its plugin gcp ${wanted} is not installed${plugins.length === 0 ? "" : ` (${plugins.join(", ")} is)`}.`,
      `pulumi plugin install resource gcp ${wanted}`,
    );
  if (credentials === undefined)
    throw new UserError(
      `credentials: there are none for Google Cloud: ${missing ?? "no file"} is not there.`,
      "gcloud auth application-default login   or set GOOGLE_APPLICATION_CREDENTIALS",
    );
}

/** A vault that can be thrown away: with versions instead of soft delete, what is deleted is gone, and the bucket can go. */
export const vaultOf = (of: {
  readonly project: string;
  readonly location: string;
  readonly bucket: string;
}): VaultInput => ({
  ...of,
  uploaderKey: "last-resort",
  retention: { hourly: 1 },
  softDeleteDays: 0,
  versioning: true,
});
