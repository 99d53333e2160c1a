import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../errors";

/** Like {@link pulumi.Unwrap}, for a reader: every Input with its value. */
export type Values<T> = pulumi.Unwrap<T>;

/**
 * What a component decides before it makes anything: the one promise that every resource of it waits for. A mistake of
 * its user ends the program in one sentence, without a stack trace.
 *
 * No secret: what is decided is recorded in plain, and what is secret in it is marked again where it is handed on.
 */
export function decided<A, T>(args: A, decide: (values: Values<A>) => Promise<T>): pulumi.Output<T> {
  const values = pulumi.unsecret(pulumi.output(args)) as pulumi.Output<Values<A>>;
  return values.apply((known) => decide(known).catch(plainly)) as unknown as pulumi.Output<T>;
}

/** A user's mistake is shown as its message alone. */
export function plainly(error: unknown): never {
  if (!(error instanceof UserError)) throw error;
  const { message } = error;
  const shown = new pulumi.RunError(message);
  // The SDK writes each property that waits for it before the message of the one error.
  Object.defineProperty(shown, "message", { get: () => message, set: () => undefined });
  throw shown;
}
