import type { z } from "zod";
import { UserError } from "../errors";
import { hostedSchema, isNodesProfile, type StackConfig } from "./configSchema";
import { isMissing } from "./missingKey";
import { nodesSchema } from "./nodesSchema";
import { refuseAdvanced } from "./refuseAdvanced";

/** The argument of a component for each key that has another name as configuration. */
const argumentNames: Readonly<Record<string, string>> = {
  cluster: "cluster.name",
  ...Object.fromEntries(
    [
      "namespace",
      "members",
      "profile",
      "overrides",
      "adminKubeconfig",
      "adminContext",
      "userKubeconfig",
      "allowInsecure",
      "machines",
      "ssh",
    ].map((key) => [key, `cluster.${key}`]),
  ),
};

/**
 * Checks the arguments of a component by the schema that the configuration has, all at once.
 *
 * @param component its type and name, for the message
 * @param keys as the configuration has them; undefined is absent
 * @throws UserError in one line: each argument and what is wrong; never a value. RefusedError for an
 * advanced cluster of Google Distributed Cloud
 */
export function checkArguments(component: string, keys: Readonly<Record<string, unknown>>): StackConfig {
  refuseAdvanced(keys);
  const schema = isNodesProfile(keys.profile) ? nodesSchema : hostedSchema;
  const result = schema.safeParse(defined(keys), { reportInput: true });
  if (result.success) return result.data;
  throw new UserError(`${component}: ${result.error.issues.flatMap(describe).join("; ")}.`);
}

function describe(issue: z.core.$ZodIssue): string[] {
  const place = (path: readonly PropertyKey[]) => argumentOf(path.map(String));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `${place([...issue.path, key])} is not an argument of it`);
  return [`${place(issue.path)} ${isMissing(issue) ? "is required" : issue.message}`.trim()];
}

/** `restore.id` is the argument `id`; `cluster` is `cluster.name`. */
function argumentOf([first = "", ...rest]: readonly string[]): string {
  if (first === "restore" || first === "backup") return rest.join(".");
  return [argumentNames[first] ?? first, ...rest].join(".");
}

function defined(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.map(([key, one]) => [key, defined(one)]));
}
