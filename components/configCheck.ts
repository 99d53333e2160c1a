import type { z } from "zod";
import { configSchema, type StackConfig } from "./configSchema";
import { UserError } from "./errors";

/** What mends a wrong or missing key. Nested keys need `--path`. */
function setCommand(path: readonly PropertyKey[]): string {
  const key = path.map(String).join(".");
  return path.length > 1 ? `pulumi config set --path ${key} VALUE` : `pulumi config set ${key} VALUE`;
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const flag = path.length > 1 ? "--path " : "";
      return `${path.map(String).join(".")}: is no key of this operation. pulumi config rm ${flag}${path.map(String).join(".")}`;
    });
  }
  const missing = issue.code === "invalid_type" && issue.input === undefined;
  const what = missing ? "is required" : issue.message;
  const remedy = issue.code === "custom" ? issue.params?.remedy : undefined;
  return [`${issue.path.map(String).join(".")}: ${what}. ${remedy ?? setCommand(issue.path)}`];
}

/**
 * Checks the raw values of a stack's configuration, all at once.
 *
 * @param raw top-level keys to values; absent keys are left out
 * @returns the checked configuration with its defaults
 * @throws UserError that lists every error: the key, what is wrong, the command that mends it; never a value
 */
export function checkConfig(raw: Readonly<Record<string, unknown>>): StackConfig {
  const result = configSchema.safeParse(raw, { reportInput: true });
  if (result.success) return result.data;
  if (raw.operation === undefined) {
    throw new UserError(
      "operation: is required: what this stack does.",
      "pulumi config set operation restore   (or: backup)",
    );
  }
  const errors = result.error.issues.flatMap(describe);
  throw new UserError(
    `The stack's configuration has ${errors.length} error(s):\n${errors.map((e) => `  ${e}`).join("\n")}`,
  );
}
