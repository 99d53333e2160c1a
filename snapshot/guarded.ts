import { ReadError } from "./file/readError";
import type { Problem } from "./verdict";

/** Runs steps that read files; a file that cannot be read on is their verdict, not an exception. */
export function* guarded<Progress, T>(
  steps: Generator<Progress, T>,
): Generator<Progress, T | { readonly valid: false; readonly problem: Problem }> {
  try {
    return yield* steps;
  } catch (error) {
    if (error instanceof ReadError) return { valid: false, problem: error.problem };
    throw error;
  }
}
