import { expect } from "vitest";
import { UserError } from "../../components/errors";

/** The one sentence that work is refused with. */
export const refusal = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).not.toMatch(/\n|^\s+at /);
  return error as UserError;
};
