import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { z } from "zod";
import { quoted } from "../../components/access/ssh/remoteCommand";
import { isMissing } from "../../components/config/missingKey";
import {
  machinesSchema,
  type NamedMachines,
  type UnseenMachines,
  unseenMachinesSchema,
} from "../../components/config/nodesSchema";
import { TRUST } from "../../components/config/sshSchema";
import { UserError } from "../../components/errors";

/**
 * Reads a file that names a control plane's machines, in YAML or JSON, with the keys of a stack's configuration: `profile`,
 * `machines`, `ssh`, `userKubeconfig`. A stack's own `Pulumi.<stack>.yaml` is one; what it says beside these is not read,
 * and no key is taken from it.
 *
 * @param path absolute. @throws UserError that lists every error; never a value
 */
export const readMachinesFile = (path: string): NamedMachines =>
  readNamed(path, "--machines", machinesSchema);

/**
 * The same where host keys may be absent.
 *
 * @param option that names the file. @throws UserError
 */
export const readUnseenMachines = (path: string, option: string): UnseenMachines =>
  readNamed(path, option, unseenMachinesSchema);

function readNamed<Schema extends typeof machinesSchema | typeof unseenMachinesSchema>(
  path: string,
  option: string,
  schema: Schema,
): z.infer<Schema> {
  const content = contentOf(path, option);
  const config = (content as { config?: unknown } | null)?.config;
  const keys = isObject(config) ? withoutProject(config) : content;
  const at = `${option}: ${path}`;
  if (!isObject(keys)) throw unusable(at, ["it is no list of keys in YAML or JSON"]);
  const { profile, cluster, machines, ssh, userKubeconfig } = keys;
  const { privateKey: _, jump, ...account } = isObject(ssh) ? ssh : {};
  const { privateKey: __, ...hop } = isObject(jump) ? jump : {};
  const result = schema.safeParse(
    {
      ...{ profile, cluster: cluster ?? "unnamed", machines, userKubeconfig },
      ssh: { ...account, ...(jump === undefined ? {} : { jump: hop }) },
    },
    { reportInput: true },
  );
  if (result.success) return result.data as z.infer<Schema>;
  const { issues } = result.error;
  const said = issues.map(
    (issue) => `${issue.path.map(String).join(".")}: ${isMissing(issue) ? "is required" : issue.message}`,
  );
  if (issues.every((issue) => isMissing(issue) && issue.path.at(-1) === "hostKey"))
    throw new UserError(`${at}: ${said.join("; ")}.`, `${TRUST} --stack ${quoted(path)}`);
  throw unusable(at, said);
}

function contentOf(path: string, option: string): unknown {
  try {
    return parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code?.startsWith("E") ? code : message.split("\n")[0];
    throw new UserError(`${option}: ${path}: cannot be read (${reason}).`, `Give another: ${option} FILE`);
  }
}

/** "etcd-recovery:machines" as "machines", whatever the project is called. */
function withoutProject(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.slice(key.indexOf(":") + 1), value]),
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const unusable = (at: string, errors: readonly string[]): UserError =>
  new UserError(
    `${at}: ${errors.join("; ")}.`,
    "It has the keys profile, machines and ssh of a stack's configuration (docs/reference/machines.md).",
  );
