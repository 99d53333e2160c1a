import { FailedError, RefusedError, UserError } from "../errors";

/**
 * Why an operation must not go on. A judgement is a pure function from facts to one of these, or to nothing.
 *
 * `kind` decides the exit code: `misset` (2) names a setting that points at nothing, `refused` (3) is a check that says
 * no before anything existing was changed, `failed` (1) needs an operator.
 */
export interface Refusal {
  /** Short name of the rule, e.g. "quorum-alive"; for tests and pipelines. */
  readonly code: string;
  readonly kind: "misset" | "refused" | "failed";
  /** Names the input, then says what is wrong. */
  readonly message: string;
  /** The command that mends it. */
  readonly remedy?: string;
}

/** An error that carries its {@link Refusal}. */
export interface JudgedError extends UserError {
  readonly refusal: Refusal;
}

/** The error that ends a step for this reason. */
export function errorOf(refusal: Refusal): JudgedError {
  const { kind, message, remedy } = refusal;
  const error =
    kind === "refused"
      ? new RefusedError(message, remedy)
      : kind === "failed"
        ? new FailedError(message, remedy)
        : new UserError(message, remedy);
  return Object.assign(error, { refusal });
}

/** Why a file of the operator's machine did not go to a volume. */
export function unreadable(path: string, cause: unknown): Error {
  return errorOf(
    failed(
      "file-unreadable",
      `${path}: cannot be read: ${(cause as Error).message}`,
      "Look at the file and its disk, then 'pulumi up' goes on.",
    ),
  );
}

/** Ends the step for the first of these reasons; goes on when there is none. */
export function demand(...judgements: readonly (Refusal | undefined)[]): void {
  const refusal = judgements.find((judgement) => judgement !== undefined);
  if (refusal !== undefined) throw errorOf(refusal);
}

export const refused = (code: string, message: string, remedy?: string): Refusal =>
  make("refused", code, message, remedy);
export const misset = (code: string, message: string, remedy?: string): Refusal =>
  make("misset", code, message, remedy);
export const failed = (code: string, message: string, remedy?: string): Refusal =>
  make("failed", code, message, remedy);

function make(kind: Refusal["kind"], code: string, message: string, remedy?: string): Refusal {
  return { code, kind, message, ...(remedy === undefined ? {} : { remedy }) };
}
