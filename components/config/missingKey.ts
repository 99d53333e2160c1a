import type { z } from "zod";

/** Whether an issue is that a key is not there at all. Needs `reportInput`. */
export const isMissing = ({ code, input }: z.core.$ZodIssue): boolean =>
  (code === "invalid_type" || code === "invalid_union") && input === undefined;
