import { z } from "zod";
import { PROJECT_ID } from "../store/projectId";
import { defaultPolicy } from "../store/retention";

/** Storage classes that are cheaper to keep and dearer to take away, with the days that each is charged for at least. */
export const minimumDays = { STANDARD: 0, NEARLINE: 30, COLDLINE: 90, ARCHIVE: 365 } as const;
export type StorageClass = keyof typeof minimumDays;

/** https://cloud.google.com/monitoring/alerts/metric-absence */
const SILENT_MINUTES = 1410;
const days = (least: number, most: number) => z.number().int().min(least).max(most);
const count = z.number().int().min(0).max(9999);
const subject = z
  .string()
  .regex(
    /^[a-z0-9][-a-z0-9]{0,62}\/[a-z0-9][-a-z0-9.]{0,252}$/,
    "must be namespace/name of a ServiceAccount",
  );

/** Id of a Google Cloud project. */
export const projectId = z.string().regex(PROJECT_ID, "must be the id of a project");

/** What a vault is told; each number is whole. */
export const vaultSettings = z.strictObject({
  /** Id of the Google Cloud project. */
  project: projectId,
  /** Name of the bucket; every name exists once in the world. */
  bucket: z.string().regex(/^[a-z0-9][-a-z0-9_]{1,61}[a-z0-9]$/, "must be 3 to 63 of a-z, 0-9, '-', '_'"),
  /** A region such as EUROPE-WEST3, or a continent: EU, US, ASIA. */
  location: z
    .string()
    .regex(/^[A-Za-z]+[0-9]?(-[A-Za-z]+[0-9]+)?$/, "must be a location such as EUROPE-WEST3"),
  /** Two regions of a continent that both hold every object; `location` is the continent then. */
  regions: z.tuple([z.string(), z.string()]).optional(),
  /** Of each hour, day … the newest backup is kept for so many of them; the pruner carries it out. */
  retention: z
    .strictObject({ hourly: count, daily: count, weekly: count, monthly: count, yearly: count })
    .partial()
    .default(defaultPolicy),
  /** Minutes between two backups of a cluster. */
  everyMinutes: days(5, 44_640).default(60),
  /** Minutes of work that may be lost. Default: nobody said. */
  objectiveMinutes: days(5, 44_640).optional(),
  /** Clusters that are backed up here, and megabytes of one backup: for the estimate alone. */
  clusters: count.min(1).default(1),
  megabytes: z.number().min(1).max(100_000).default(50),
  /** Days for which what was deleted can be brought back; 0 is none. */
  softDeleteDays: days(0, 90).default(30),
  /** Keeps what was overwritten or deleted as an older version. */
  versioning: z.boolean().default(false),
  /** Colder storage classes from an age on. */
  tiers: z
    .array(z.strictObject({ class: z.enum(["NEARLINE", "COLDLINE", "ARCHIVE"]), afterDays: days(1, 3650) }))
    .default([]),
  /** Age at which the bucket itself deletes. Default: twice the age that the policy lets a backup reach. */
  deleteAfterDays: days(1, 36_500).optional(),
  /** So many days nobody can remove or replace an object, whatever rights they have. */
  immutable: z
    .strictObject({
      days: days(1, 3650),
      /** For ever: it can then be lengthened alone, and the bucket lives as long as its objects. */
      lock: z.boolean().default(false),
      /** Must be `lock BUCKET for N days` when it is locked. */
      confirm: z.string().optional(),
    })
    .optional(),
  /** Days after which the key that encrypts new objects is another. */
  keyRotationDays: days(1, 3650).default(90),
  /** How Pods outside Google Cloud prove who they are, without a key file. */
  federation: z
    .strictObject({
      /** `iss` of the cluster's tokens: kubectl get --raw /.well-known/openid-configuration */
      issuer: z.string().regex(/^https:\/\/\S+$/, "must be an https URL"),
      /** kubectl get --raw /openid/v1/jwks */
      jwks: z.string().min(2),
      uploader: subject,
      reader: subject.optional(),
      pruner: subject.optional(),
      /** Only with `monitoring`. */
      watcher: subject.optional(),
    })
    .optional(),
  /** Alerts and a dashboard in Cloud Monitoring, of the numbers that `agent watch` writes there. Default: none. */
  monitoring: z
    .strictObject({
      /** Full names of notification channels that are there: gcloud beta monitoring channels list --format 'value(name)' */
      channels: z
        .array(
          z
            .string()
            .regex(
              /^projects\/[^/\s]+\/notificationChannels\/\d+$/,
              "must be projects/PROJECT/notificationChannels/NUMBER",
            ),
        )
        .min(1)
        .max(16),
      /** An alert when the newest verified backup is older. Default: `objectiveMinutes`, else twice `everyMinutes`. */
      ageMinutes: days(5, 44_640).optional(),
      /** An alert when no numbers have come for so long; conditions of absence end at 23.5 hours. */
      silentMinutes: days(10, SILENT_MINUTES).default(120),
      /** An alert when the newest drill that passed is older. Default: only when one failed. */
      drillDays: days(1, 366).optional(),
      /** An alert when an agent's log, in this project's Cloud Logging, tells of a run that failed. */
      logs: z.boolean().default(false),
    })
    .optional(),
  /** A key file of the uploader, which nobody rotates: only where federation cannot be had. */
  uploaderKey: z.literal("last-resort").optional(),
});

export type VaultSettings = z.infer<typeof vaultSettings>;
/** As a person writes them: what has a default may be absent. */
export type VaultInput = z.input<typeof vaultSettings>;
