import { FailedError } from "../components/errors";

/** Why a store did not do it. */
export type StoreFault =
  | "exists"
  | "missing"
  | "denied"
  | "held"
  | "unreachable"
  | "corrupt"
  | "full"
  | "invalid"
  | "failed";

/** A store said no, or could not be asked. */
export class StoreError extends FailedError {
  constructor(
    readonly fault: StoreFault,
    message: string,
    remedy?: string,
  ) {
    super(message, remedy);
    this.name = "StoreError";
  }
}

/** For a key that no store takes. */
export function invalidKey(location: string, key: string): StoreError {
  return new StoreError("invalid", `${location}: ${JSON.stringify(key)} is no key of a store.`);
}

/** Whether an error may be one object's alone: a store that does not answer, or lets nobody in, says it of all. */
export const isOfObject = (error: unknown): boolean =>
  error instanceof StoreError && ["missing", "corrupt", "failed"].includes(error.fault);
