import { z } from "zod";
import { UserError } from "../errors";

/** How a snapshot is taken: what a step is told of it, and what a component takes that no configuration has. */
export const taking = {
  /** Where in the member's Pod the snapshot lies for a moment; never the root. */
  podDirectory: z
    .string()
    .regex(/^\/[^\p{Cc}]*[^/\p{Cc}]$/u, "must be an absolute path other than the root, without / at its end"),
  /** Longest time of the save, and of one try to fetch it, in seconds. */
  saveSeconds: z.number().int().min(1, "must be at least 1"),
};

/** @param component its type and name, for the message. @throws UserError */
export function checkTaking(
  component: string,
  given: { readonly podDirectory?: string; readonly saveSeconds: number },
): void {
  const { success, error } = z.object(taking).partial().safeParse(given);
  if (success) return;
  const said = error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  throw new UserError(`${component}: ${said.join("; ")}.`);
}
