import { posix } from "node:path";

/** What a container is started with, as its Pod says it. */
export interface ContainerCommand {
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: readonly { readonly name: string; readonly value?: string | undefined }[] | undefined;
}

/**
 * A flag's value, as `--name=value` or `--name value`, with one dash or two, in a word of its own or in a shell's text; of
 * several the last counts. Of etcd also where the environment gives it, which a flag overrules. Undefined where nothing
 * gives one.
 */
export function flagOf(
  { command = [], args = [], env = [] }: ContainerCommand,
  name: string,
): string | undefined {
  // A shell's text may take flags from the environment.
  const words = [...env.map(({ value = "" }) => value), ...command, ...args]
    .flatMap((word) => word.replace(/["']/g, "").split(/\s+/))
    .filter((word) => word !== "");
  const variable = variableOf(name);
  const inText = words.find((word) => word.startsWith(`${variable}=`))?.slice(variable.length + 1);
  const value = flagIn(words, name) ?? inText ?? env.find((one) => one.name === variable)?.value;
  return value === "" ? undefined : value;
}

/** Under which API servers keep their objects, made of --etcd-prefix as they make it; without a slash at its end. */
export const storagePrefixIn = (flag: string | undefined): string | undefined =>
  flag === undefined ? undefined : posix.join("/", flag).replace(/\/$/, "");

/**
 * A controller that is told not to wait for a lease, or to hold another than its usual one in kube-system, does not renew
 * that, whatever lies in the cluster from before.
 */
export const worksUnelected = (container: ContainerCommand): boolean =>
  isUnelected((name) => flagOf(container, name));

/** The same by what gives a flag's value. */
export function isUnelected(flag: (name: string) => string | undefined): boolean {
  const name = flag("leader-elect-resource-name");
  const namespace = flag("leader-elect-resource-namespace") ?? "kube-system";
  const isUsual = name === undefined || usualLeases.includes(name);
  return flag("leader-elect") === "false" || !isUsual || namespace !== "kube-system";
}

const usualLeases: readonly string[] = ["kube-controller-manager", "kube-scheduler"];

/** By which etcd takes a flag from its environment. */
const variableOf = (flag: string): string => `ETCD_${flag.replaceAll("-", "_").toUpperCase()}`;

function flagIn(words: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (const [at, word] of words.entries()) {
    const plain = word.replace(/^--?/, "");
    if (plain === word) continue;
    if (plain === name) value = words[at + 1];
    else if (plain.startsWith(`${name}=`)) value = plain.slice(name.length + 1);
  }
  return value;
}
