import { z } from "zod";
import { FailedError } from "../errors";

/** What member scripts answer: one "name value" a line. Revisions are decimal strings: they may exceed 2^53. */

const bytes = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const decimal = z.string().regex(/^\d{1,19}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Text of a tool or a disk, for people. */
const sentence = z.string().max(1000);

const stateSchema = z.object({
  /** How far the volume came, by what is there. */
  phase: z.enum(["new", "received", "staged", "swapped", "undone", "over"]),
  /** Of the snapshot that was received or staged. */
  sha256: sha256.optional(),
  /** Revision bump of what is staged. */
  bump: decimal.optional(),
  /** What of the image can restore with a revision bump. */
  tool: z.enum(["etcdutl", "etcdctl", "none"]),
  /** Its version, e.g. "3.6.14"; "unknown". */
  "tool-version": z.string().regex(/^(unknown|[0-9.]{1,20})$/),
  /** What of the image can unpack a stream. */
  codec: z.enum(["none", "gzip", "zstd"]),
  /** What of the live data a rename leaves behind; absent: nothing. */
  fixed: z
    .string()
    .regex(/^(link|mount) \//)
    .max(1000)
    .optional(),
  /** Bytes that a new file can take on the volume. */
  available: bytes,
  /** Bytes of the volume. */
  total: bytes,
});
export type MemberState = Omit<z.infer<typeof stateSchema>, "tool-version"> & {
  readonly toolVersion: string;
};

const stagedSchema = z.object({
  /** Of the snapshot. */
  sha256,
  /** Id of the new cluster in hex; equal on all members. */
  cluster: z.string().regex(/^[0-9a-f]{1,16}$/),
  bump: decimal,
});
export type StagedMember = z.infer<typeof stagedSchema>;

const copySchema = {
  size: bytes,
  sha256,
  /** uid:gid */
  owner: z.string().regex(/^\d+:\d+$/),
  /** Whether its log was last written before its database, or after: then etcd was killed, not stopped. */
  wal: z.enum(["older", "newer"]),
};
const previousSchema = z.discriminatedUnion("previous", [
  z.object({ previous: z.literal("none") }),
  z.object({ previous: z.literal("damaged"), problem: sentence }),
  /** Whole as far as can be seen without a tool that reads it. */
  z.object({ previous: z.literal("unproven"), problem: sentence, ...copySchema }),
  z.object({ previous: z.literal("kept"), revision: decimal, ...copySchema }),
]);
/** What a restore put aside on a volume. */
export type PreviousCopy = z.infer<typeof previousSchema>;

const toolSchema = z.object({
  sha256,
  /** Path for `stage`; "none" when it cannot bump the revision. */
  tool: z.string().min(1),
  "tool-version": z.string(),
});

/** @throws FailedError that quotes an answer that is none, as do the others here */
export function parseState(text: string): MemberState {
  const { "tool-version": toolVersion, ...state } = parse("state", stateSchema, text);
  return { ...state, toolVersion };
}

/** What `stage` and `staged` answer. */
export function parseStaged(text: string): StagedMember {
  return parse("stage", stagedSchema, text);
}

/** The digest that `receive` and `copy-previous` answer. */
export function parseReceived(text: string): string {
  return parse("receive", z.object({ sha256 }), text).sha256;
}

export function parsePrevious(text: string): PreviousCopy {
  return parse("previous", previousSchema, text);
}

/** What `receive-tool` answers; `tool` is undefined when it cannot bump the revision. */
export function parseTool(text: string): { sha256: string; tool: string | undefined; version: string } {
  const answer = parse("receive-tool", toolSchema, text);
  return {
    sha256: answer.sha256,
    tool: answer.tool === "none" ? undefined : answer.tool,
    version: answer["tool-version"],
  };
}

/** Bytes that `finalize` gave back. */
export function parseFreed(text: string): number {
  return parse("finalize", z.object({ freed: bytes }), text).freed;
}

/** What `seeded` answers: the seed has written its log, has not yet, or it is the member's already. */
export function parseSeeded(text: string): "seeded" | "waiting" | "adopted" {
  return parse("seeded", z.object({ seed: z.enum(["seeded", "waiting", "adopted"]) }), `seed ${text}`).seed;
}

function parse<T>(script: string, schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(factsIn(text));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => issue.path.join(".") || issue.message).join(", ");
  const said = text.trim().slice(0, 300) || "nothing";
  throw new FailedError(`the member's script ${script} answered what it should not (${wrong}): ${said}`);
}

function factsIn(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [name = ""] = line.split(" ", 1);
      return [name, line.slice(name.length + 1).trim()];
    }),
  );
}
