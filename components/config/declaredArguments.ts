import * as pulumi from "@pulumi/pulumi";
import { plainly } from "../decided";
import { UserError } from "../errors";

/** What a component takes: every argument by its name, which the compiler holds against their type. */
interface Declared<Args> {
  readonly names: Readonly<Record<keyof Args, true>>;
  /** At least one of these is given. */
  readonly needs?: readonly (keyof Args & string)[];
}

/** What decides which resources exist: keys of `cluster`, and arguments beside it. */
const plainOfCluster = ["members", "profile", "overrides", "machines"];
const plainArguments = ["member", "quarantine", "saveSeconds"];

/**
 * Refuses arguments with which a component cannot be declared at all, all at once. TypeScript refuses them too, where a
 * program is written in it. Those that are merely wrong are refused by what every resource waits for.
 *
 * @param component its type and name, for the message. @throws RunError
 */
export function checkDeclared<Args extends object>(
  component: string,
  args: Args | undefined,
  { names, needs = [] }: Declared<Args>,
): void {
  const given: Readonly<Record<string, unknown>> = isRecord(args) ? args : {};
  const { cluster } = given;
  const isMissing = needs.length > 0 && needs.every((key) => given[key] === undefined);
  const wrong = [
    ...unknownArguments(given, names),
    ...(isMissing ? [`${needs.join(" or ")} is required`] : []),
    ...(isRecord(cluster) ? outputsOf(cluster, plainOfCluster, "cluster.") : [clusterProblem(cluster)]),
    ...outputsOf(given, plainArguments),
  ];
  if (wrong.length > 0) plainly(new UserError(`${component}: ${wrong.join("; ")}.`));
}

/** A sentence for each argument that a component does not have: nothing would heed it. */
export function unknownArguments<Args extends object>(
  args: Readonly<Record<string, unknown>>,
  names: Declared<Args>["names"],
): readonly string[] {
  const unknown = Object.keys(args).filter((key) => args[key] !== undefined && !Object.hasOwn(names, key));
  return unknown.map((key) => `${key} is not an argument of it`);
}

function clusterProblem(cluster: unknown): string {
  if (cluster === undefined || cluster === null) return "cluster is required";
  return "cluster must be an object; what is in it may be an output, it may not";
}

/** A sentence for each key whose value is an output or has one in it. */
function outputsOf(given: Readonly<Record<string, unknown>>, keys: readonly string[], prefix = ""): string[] {
  return keys
    .filter((key) => hasOutput(given[key]))
    .map((key) => `${prefix}${key} must not be an output: it decides which resources exist`);
}

function hasOutput(value: unknown): boolean {
  if (pulumi.Output.isInstance(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasOutput);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !pulumi.Output.isInstance(value);
