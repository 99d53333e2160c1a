import * as pulumi from "@pulumi/pulumi";
import { UserError } from "./errors";

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
  return values.apply((known) => decide(known).catch(refuse<T>)) as unknown as pulumi.Output<T>;
}

/**
 * Ends the program by one rejection that nobody handles, which is how its runner is told; what waits for the answer waits
 * for ever. Were it told to all that wait, the runner would have thousands of rejections to look at, for minutes.
 */
function refuse<T>(error: unknown): Promise<T> {
  void Promise.resolve().then(() => plainly(error));
  return new Promise<T>(() => undefined);
}

/** The same for what is made of results: a report of what was not done is none. */
export const orRefused = <T>(make: () => T): Promise<T> =>
  Promise.resolve()
    .then(make)
    .catch(refuse<T>);

/** A user's mistake is shown as its message alone. */
export function plainly(error: unknown): never {
  throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
}
