import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { bundleSchema, certificateSchema } from "../../store/manifest";

/** What is known of a snapshot beside its content, as the cluster said it. */
const factsSchema = z.object({
  /** ISO 8601, UTC: all that was written before is in the snapshot. Absent where an earlier program captured it. */
  time: z.string().optional(),
  /** Name of the member it was saved from. */
  member: z.string(),
  /** In decimal: it exceeds 2^53. */
  clusterId: z.string(),
  etcdVersion: z.string(),
  /** UID of the user cluster's Namespace kube-system; absent when that cluster could not be asked. */
  kubeSystemUid: z.string().optional(),
  kubernetesVersion: z.string().optional(),
  /** What lies beside the snapshot for machines: encrypted, and the certificates in it. */
  pki: z.object({ bundles: z.array(bundleSchema), certificates: z.array(certificateSchema) }).optional(),
});
export type CapturedFacts = z.infer<typeof factsSchema>;

/** What was captured of one generation and is not in the store yet: a directory on the store's own file system. */
export class Captured {
  readonly snapshot: string;
  /** The snapshot while it comes. */
  readonly part: string;
  private readonly facts: string;

  /** @param directory absolute; begins with a dot below the store's root: no part of the store */
  constructor(readonly directory: string) {
    this.snapshot = join(directory, "snapshot.db");
    this.part = join(directory, "snapshot.db.part");
    this.facts = join(directory, "facts.json");
  }

  /** Where a generation of a cluster is captured. @param root of the store */
  static of(root: string, cluster: string, generation: string): Captured {
    return new Captured(join(root, ".staging", directoryName(cluster, generation)));
  }

  /** Of what lies beside the snapshot. @param name plain */
  fileOf(name: string): string {
    return join(this.directory, name);
  }

  async make(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  /** Undefined before all of it was captured. */
  async read(): Promise<CapturedFacts | undefined> {
    const text = await readFile(this.facts, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    try {
      const parsed = factsSchema.safeParse(JSON.parse(text ?? ""));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }

  /** The facts come last: with them, all is there. */
  async write(facts: CapturedFacts): Promise<void> {
    const file = await open(`${this.facts}.part`, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(facts)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${this.facts}.part`, this.facts);
  }
}

/**
 * Of one generation of one cluster alone: neither `uc1`'s `a-1` and `uc1-a`'s `1`, nor what differs in blanks and dots, share
 * one. Where a single dash tells the two apart it is as earlier programs have it.
 */
function directoryName(cluster: string, generation: string): string {
  const name = `${cluster}-${plainName(generation)}`;
  if (plainName(generation) === generation && name.split("-").length === 2) return name;
  const both = createHash("sha256").update(JSON.stringify([cluster, generation]));
  return `${name}@${both.digest("hex").slice(0, 12)}`;
}

/** A generation as a part of a file's name. */
export const plainName = (generation: string): string => generation.replaceAll(/[^A-Za-z0-9-]/g, "-");
