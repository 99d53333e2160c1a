import { z } from "zod";
import { errorOf, failed } from "./refusal";
import { requestSchema } from "./request";

/** The format of {@link StepArguments}. A program reads all older ones and refuses newer ones. */
export const ARGUMENTS_FORMAT = 1;

export const operations = ["restore", "rollback", "repair", "finalize"] as const;
export type Operation = (typeof operations)[number];

/** What a step is told: one JSON value in the environment variable ETCD_RECOVERY_ARGUMENTS. No secret is in it. */
export const stepArgumentsSchema = z.object({
  format: z.number().int(),
  operation: z.enum(operations),
  /** The operation's id. */
  id: z.string(),
  /** Of a step that runs once for each member. */
  member: z.string().optional(),
  /** Which substrate, and how it is reached; its own shape (components/hosted/hostedAccess.ts). */
  substrate: z.looseObject({ kind: z.string() }),
  request: requestSchema.default({}),
  /** Objects of the stack's own, as `Kind/name`, for the step that looks for left-overs. */
  own: z.array(z.string()).optional(),
});
export type StepArguments = z.infer<typeof stepArgumentsSchema>;

/** @throws UserError when a newer program wrote them, or they are not arguments of a step */
export function parseArguments(text: string | undefined): StepArguments {
  const raw = argumentsUpTo(ARGUMENTS_FORMAT, "step", text);
  const parsed = stepArgumentsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw errorOf(
    failed(
      "arguments-invalid",
      "ETCD_RECOVERY_ARGUMENTS holds no arguments of a step: steps are run by `pulumi up`",
      "pulumi up",
    ),
  );
}

/**
 * The JSON value of ETCD_RECOVERY_ARGUMENTS, not yet checked; undefined for what is no JSON.
 *
 * @param known the newest format that this program reads. @param whose for people: "step", "backup"
 * @throws UserError when a newer program wrote them
 */
export function argumentsUpTo(known: number, whose: string, text: string | undefined): unknown {
  const raw = jsonOf(text);
  const format = (raw as { format?: unknown } | undefined)?.format;
  if (typeof format !== "number" || format <= known) return raw;
  throw errorOf(
    failed(
      "arguments-newer",
      `the ${whose}'s arguments have format ${format}, this program knows up to ${known}: a newer one declared the stack`,
      "Use that program, or a newer one: npm install etcd-recovery@latest",
    ),
  );
}

/** @returns undefined for what is no JSON, and for its null */
export function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "") ?? undefined;
  } catch {
    return undefined;
  }
}
