import { summarize } from "./inspect";
import type { ValidInspection } from "./inspection";
import { type ListedKey, sortedKeys } from "./list";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/** All that a backup says of its snapshot. */
export type Description =
  | { readonly valid: true; readonly inspection: ValidInspection; readonly keys: readonly ListedKey[] }
  | { readonly valid: false; readonly problem: Problem };

/** Verifies a snapshot, counts what is in it and lists its keys, in one pass over the file. */
export function* describeSteps(path: string, options: ReadOptions = {}): Generator<Progress, Description> {
  const read = yield* readSnapshot(path, options);
  if (!(read instanceof ReadSnapshot)) return { valid: false, problem: read };
  try {
    const inspection = summarize(read);
    const keys = yield* sortedKeys(read);
    read.checkUnchanged();
    return { valid: true, inspection, keys };
  } finally {
    read.close();
  }
}
