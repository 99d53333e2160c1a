import type { z } from "zod";
import { UserError } from "../errors";
import { commonSchema, hostedSchema, isNodesProfile, type StackConfig } from "./configSchema";
import { isMissing } from "./missingKey";
import { nodesSchema } from "./nodesSchema";
import { refuseAdvanced } from "./refuseAdvanced";
import { TRUST } from "./sshSchema";

/** What mends a wrong or missing key. Nested keys need `--path`. */
function setCommand(path: readonly PropertyKey[]): string {
  const key = path.map(String).join(".");
  return path.length > 1 ? `pulumi config set --path ${key} VALUE` : `pulumi config set ${key} VALUE`;
}

/** A host key is not made up: a command shows it and writes it. */
const unseenRemedy = (issue: z.core.$ZodIssue): string | undefined =>
  isMissing(issue) && issue.path.at(-1) === "hostKey"
    ? `${TRUST} shows it and writes it; or, where it is known: ${setCommand(issue.path)}`
    : undefined;

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const flag = path.length > 1 ? "--path " : "";
      return `${path.map(String).join(".")}: is not a key of this operation. pulumi config rm ${flag}${path.map(String).join(".")}`;
    });
  }
  const what = isMissing(issue) ? "is required" : issue.message;
  const remedy = issue.code === "custom" ? issue.params?.remedy : unseenRemedy(issue);
  return [`${issue.path.map(String).join(".")}: ${what}. ${remedy ?? setCommand(issue.path)}`];
}

/**
 * Checks the raw values of a stack's configuration, all at once.
 *
 * @param raw top-level keys to values; absent keys are left out
 * @returns the checked configuration with its defaults
 * @throws UserError that lists every error: the key, what is wrong, the command that mends it; never a value. RefusedError
 * for an advanced cluster of Google Distributed Cloud
 */
export function checkConfig(raw: Readonly<Record<string, unknown>>): StackConfig {
  refuseAdvanced(raw);
  const schema = isNodesProfile(raw.profile) ? nodesSchema : hostedSchema;
  const result = schema.safeParse(withGroup(raw), { reportInput: true });
  if (result.success) return result.data;
  const errors = isOperation(raw.operation)
    ? result.error.issues.flatMap(describe)
    : [noOperation(raw.operation), ...commonErrors(raw)];
  throw new UserError(
    `The stack's configuration has ${errors.length} ${errors.length === 1 ? "error" : "errors"}:\n${errors.map((e) => `  ${e}`).join("\n")}`,
  );
}

const operations = ["restore", "backup"] as const;

const isOperation = (operation: unknown): operation is (typeof operations)[number] =>
  operations.some((one) => one === operation);

/** The operation's own group of keys, empty where it is absent: what it needs is listed key by key. */
function withGroup(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { operation } = raw;
  return isOperation(operation) && raw[operation] === undefined ? { ...raw, [operation]: {} } : raw;
}

function noOperation(operation: unknown): string {
  const what = operation === undefined ? "is required: what this stack does" : "must be restore or backup";
  return `operation: ${what}. pulumi config set operation restore   (or: backup)`;
}

/** Errors that a stack has whatever its operation is. */
function commonErrors(raw: Readonly<Record<string, unknown>>): string[] {
  return commonSchema.safeParse(raw, { reportInput: true }).error?.issues.flatMap(describe) ?? [];
}
