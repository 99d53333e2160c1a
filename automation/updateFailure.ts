import { CommandError, ConcurrentUpdateError, StackNotFoundError } from "@pulumi/pulumi/automation";
import { RefusedError, UserError } from "../components/errors";
import type { UpdateEvents } from "./updateEvents";

/**
 * What to tell a person when a `pulumi` command failed: one sentence, what mends it, no stack trace.
 *
 * @param action e.g. "up". @param stack the stack's name
 */
export function updateFailure(action: string, stack: string, events: UpdateEvents, cause: unknown): Error {
  const what = `pulumi ${action} of stack ${stack}`;
  if (cause instanceof ConcurrentUpdateError) {
    return new UserError(
      `${what}: another update holds the stack's lock.`,
      `Wait for it; if it was killed: pulumi cancel --yes --stack ${stack}`,
    );
  }
  if (cause instanceof StackNotFoundError) {
    return new UserError(`${what}: there is no such stack.`, "pulumi stack ls");
  }
  const errors = events.errors.filter(({ text }) => !isSummary(text));
  if (errors.length > 0) {
    const reasons = [...new Set(errors.map(reasonOf))].join("; ");
    return errors.every(isRefusal)
      ? new RefusedError(`${what} was refused: ${reasons}`)
      : new UserError(`${what} failed: ${reasons}`);
  }
  if (cause instanceof CommandError) {
    return new UserError(`${what} failed: ${lastError(cause.message)}`);
  }
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** The engine's own closing words, which say nothing of the reason. */
function isSummary(text: string): boolean {
  return /^(update|preview|destroy|refresh) failed$|^resource .* failed$/i.test(text);
}

/** Steps that refuse, which they do before they change anything, end with 3 (components/procedure/refusal.ts). */
function isRefusal({ text }: { readonly text: string }): boolean {
  return /^\s*exit status 3\b/.test(text);
}

function reasonOf(error: { readonly resource: string | undefined; readonly text: string }): string {
  const text = lastStatement(error.text);
  return error.resource === undefined ? text : `${error.resource}: ${text}`;
}

/**
 * A failed step's message is the command, then its whole account; the reason is the account's last statement: the
 * last line that is not indented, with the indented ones below it (the remedy).
 */
function lastStatement(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const start = lines.findLastIndex((line) => !/^\s/.test(line));
  return lines
    .slice(Math.max(start, 0))
    .map((line) => line.trim())
    .join(" ");
}

/** The last line of a command's message that begins with "error:". */
function lastError(message: string): string {
  const line = message.split("\n").findLast((candidate) => /^\s*(stderr: )?error:/.test(candidate));
  return line?.replace(/^\s*(stderr: )?error:\s*/, "") ?? lastStatement(message);
}
