import { readFile } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { UserError } from "../components/errors";
import { isBucketUrl, parseBucketUrl } from "../store/openStore";
import { PROJECT_ID } from "../store/projectId";
import { parsePolicy } from "../store/retentionPolicy";

/** The format of {@link AgentSettings}. A program refuses any other. */
export const AGENT_SETTINGS_FORMAT = 1;

const absolute = z.string().refine(isAbsolute, "must be an absolute path");
/** As the store's layout takes it: a part of a key. */
const cluster = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?$/, "must be lower-case letters, digits, dots and dashes");
const seconds = (limit: number) => z.number().int().min(1).max(limit);

const memberUrl = z.string().regex(/^https:\/\/[^\s/?#@]+:\d{1,5}\/?$/, "must be https://HOST:PORT");

/** What a text must be is said by who reads it. */
const readBy = (read: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  });

const store = readBy((text) => {
  if (isBucketUrl(text)) parseBucketUrl(text, "store");
  else if (!isAbsolute(text)) throw new UserError("must be gs://BUCKET/PREFIX or an absolute directory");
});

const schema = z.strictObject({
  format: z.literal(AGENT_SETTINGS_FORMAT),
  /** The cluster's name, as the store has it. */
  cluster,
  /** Recorded in the manifest. */
  profile: z.string().min(1),
  /** Every member, also those that are down: their number is the quorum's measure. */
  members: z
    .array(z.strictObject({ name: z.string().min(1), url: memberUrl }))
    .min(1)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "two members have one name"),
  /** Paths of PEM files; they are read anew by every run. */
  tls: z.strictObject({ ca: absolute, cert: absolute, key: absolute }),
  /** `gs://bucket/prefix`, or an absolute directory. */
  store,
  /** Absolute directory of this agent alone: the raw snapshot lies here while it is read, and drills work here. */
  spool: absolute,
  /** Recorded in the manifest. Default: `scheduled-<time>`. */
  generation: z.string().min(1).optional(),
  /** UID of the Namespace kube-system that the snapshot must hold. */
  kubeSystemUid: z.string().min(1).optional(),
  /** Recorded in the manifest. */
  kubernetesVersion: z.string().min(1).optional(),
  /** age recipients (`age1…`) that snapshot and list of keys are encrypted to. Default: nobody. */
  recipients: z.array(z.string().startsWith("age1", "must be age1…")).min(1).optional(),
  /** Path of a file with an age identity, for drills of encrypted backups. It is read anew by every run. */
  identityFile: absolute.optional(),
  /** Longest time of a run, in seconds. */
  deadlineSeconds: seconds(86_400).default(1800),
  /** Longest time in which nothing moves, in seconds. */
  stallSeconds: seconds(3600).default(60),
  /** What `agent prune` keeps, as `etcd-recovery backup prune --keep` takes it. */
  keep: readBy((text) => parsePolicy(text, "keep")).optional(),
  /** Where `agent watch` writes its numbers to, beside the last line on stdout. */
  monitoring: z
    .strictObject({
      project: z.string().regex(PROJECT_ID, "must be the id of a project"),
      /** A private endpoint of Cloud Monitoring. */
      endpoint: z
        .string()
        .regex(/^https?:\/\/[^\s/]+$/, "must be https://HOST[:PORT]")
        .optional(),
    })
    .optional(),
  /** A Prometheus textfile that every run rewrites. */
  metricsFile: absolute.optional(),
});

/** What the agent is told: one JSON file. No secret is in it. */
export type AgentSettings = z.infer<typeof schema>;

/**
 * Reads the settings of the agent.
 *
 * @throws UserError that names every fault at once
 */
export async function readAgentSettings(path: string): Promise<AgentSettings> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`--settings: ${path} cannot be read: ${error.code}.`, "Give the settings' file.");
  });
  return parseAgentSettings(text, path);
}

/** @param path of the file, for messages. @throws UserError */
export function parseAgentSettings(text: string, path: string): AgentSettings {
  const parsed = schema.safeParse(jsonOf(text, path));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: at, message }) => {
    const where = at.map(String).join(".");
    return where === "" ? message : `${where}: ${message}`;
  });
  throw new UserError(`${path}: ${faults.join("; ")}.`, "See docs/reference/agent.md.");
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: is no JSON: ${(error as Error).message}.`, "See docs/reference/agent.md.");
  }
}
