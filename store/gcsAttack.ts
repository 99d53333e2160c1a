import { randomUUID } from "node:crypto";
import type { File } from "@google-cloud/storage";
import { type GcsOptions, openBucket } from "./gcsBucket";
import { credentialsProblem } from "./gcsCredentials";
import { gcsError } from "./gcsErrors";
import { StoreError } from "./storeError";

/** What whoever uploads must not be able to do, in the order in which it is tried. */
export const attacks = ["overwrite", "shorten-retention", "delete"] as const;
export type Attack = (typeof attacks)[number];

/** What came of one attack. */
export interface Attempt {
  readonly attack: Attack;
  /** False: it was carried out. */
  readonly isRefused: boolean;
  /** As the bucket said it. */
  readonly sentence: string;
}

/** What came of all of them, on an object that the same identity had created a moment before. */
export interface Attacked {
  /** Address of the object; the bucket deletes it by its age. */
  readonly object: string;
  readonly attempts: readonly Attempt[];
}

/** Whether something was carried out that must be refused. */
export const isOpen = ({ attempts }: Attacked): boolean => attempts.some(({ isRefused }) => !isRefused);

/** Where the objects lie that are attacked: beside the backups, so that no catalog meets them. */
export const PROBES = "probe";

/**
 * Creates an object in a bucket, then tries to replace it, to shorten its retention and to delete it, by the same identity and
 * without a precondition: what refuses is the bucket's rights, not our own care. That the object could be created proves that
 * the identity is known there by now.
 *
 * @throws StoreError when nothing is proven: the object could not be created, or an attack met neither success nor a refusal
 */
export async function attackBucket(
  { bucket, prefix, cluster }: { readonly bucket: string; readonly prefix: string; readonly cluster: string },
  options: GcsOptions = {},
): Promise<Attacked> {
  const name = [prefix, PROBES, cluster, randomUUID()].filter((part) => part !== "").join("/");
  const object = `gs://${bucket}/${name}`;
  const file = openBucket(bucket, options).file(name);
  try {
    await save(file, "created", { ifGenerationMatch: 0 });
  } catch (cause) {
    throw gcsError(object, cause, "write");
  }
  const attempts: Attempt[] = [];
  for (const attack of attacks) attempts.push(await attempted(attack, file, object));
  return { object, attempts };
}

const save = (file: File, text: string, preconditionOpts: { ifGenerationMatch?: number } = {}) =>
  file.save(text, { resumable: false, validation: false, preconditionOpts });

const carriedOut: Readonly<Record<Attack, (file: File) => Promise<unknown>>> = {
  overwrite: (file) => save(file, "overwritten"),
  "shorten-retention": (file) =>
    file.setMetadata(
      { retention: null, temporaryHold: false, eventBasedHold: false } as never,
      {
        overrideUnlockedRetention: true,
      } as never,
    ),
  delete: (file) => file.delete(),
};

async function attempted(attack: Attack, file: File, object: string): Promise<Attempt> {
  try {
    await carriedOut[attack](file);
    return { attack, isRefused: false, sentence: `${object}: ${attack} was carried out` };
  } catch (cause) {
    const error = gcsError(object, cause, attack === "delete" ? "remove" : "write");
    const isRefusal = error instanceof StoreError && ["denied", "held"].includes(error.fault);
    // whoever is not taken for anybody is refused everything: that proves nothing
    const isNobody =
      Number((cause as { code?: unknown }).code) === 401 || credentialsProblem(cause) !== undefined;
    if (!isRefusal || isNobody) throw error;
    return { attack, isRefused: true, sentence: oneLine((cause as Error).message) };
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 300);
