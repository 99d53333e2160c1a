import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { machinesSchema, type NamedMachines } from "../../components/config/nodesSchema";
import { UserError } from "../../components/errors";

/**
 * Reads a file that names a control plane's machines, in YAML or JSON, with the keys of a stack's configuration: `profile`,
 * `machines`, `ssh`, `userKubeconfig`. A stack's own `Pulumi.<stack>.yaml` is one; what it says beside these is not read,
 * and no key is taken from it.
 *
 * @param path absolute. @throws UserError that lists every error; never a value
 */
export function readMachinesFile(path: string): NamedMachines {
  const content = contentOf(path);
  const config = (content as { config?: unknown } | null)?.config;
  const keys = isObject(config) ? withoutProject(config) : content;
  if (!isObject(keys)) throw unusable(path, ["it is no list of keys in YAML or JSON"]);
  const { profile, cluster, machines, ssh, userKubeconfig } = keys;
  const { privateKey: _, jump, ...account } = isObject(ssh) ? ssh : {};
  const { privateKey: __, ...hop } = isObject(jump) ? jump : {};
  const result = machinesSchema.safeParse({
    ...{ profile, cluster: cluster ?? "unnamed", machines, userKubeconfig },
    ssh: { ...account, ...(jump === undefined ? {} : { jump: hop }) },
  });
  if (result.success) return result.data;
  throw unusable(
    path,
    result.error.issues.map((issue) => {
      const missing = issue.code === "invalid_type" && issue.message.includes("received undefined");
      return `${issue.path.map(String).join(".")}: ${missing ? "is required" : issue.message}`;
    }),
  );
}

function contentOf(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code?.startsWith("E") ? code : message.split("\n")[0];
    throw new UserError(`--machines: ${path}: cannot be read (${reason}).`, "Give another: --machines FILE");
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

const unusable = (path: string, errors: readonly string[]): UserError =>
  new UserError(
    `--machines: ${path}: ${errors.join("; ")}.`,
    "It has the keys profile, machines and ssh of a stack's configuration (docs/reference/machines.md).",
  );
