import { parse } from "yaml";
import type { PodTemplate, TemplateVolume, VolumeMount } from "../workloads/kubeWorkload";

/** A key of a Secret in which a file may lie. */
export interface SecretKey {
  readonly secret: string;
  readonly key: string;
}

const flag = "--encryption-provider-config";

/** Path of the configuration, of either form of the flag; undefined without one. Also inside a shell's command line. */
export function encryptionPath({ containers = [] }: PodTemplate): string | undefined {
  const words = containers
    .flatMap(({ command = [], args = [] }) => [...command, ...args])
    .flatMap((argument) => argument.split(/\s+/));
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at];
  if (word === undefined) return undefined;
  const path = word === flag ? words[at + 1] : word.slice(flag.length + 1);
  return path?.replace(/["']/g, "");
}

/** Secrets that may hold the file, of the volume that is mounted nearest above it. */
export function secretsOf(
  path: string,
  { containers = [], volumes = [] }: PodTemplate,
): readonly SecretKey[] {
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  const mount = mounts
    .filter((one) => isAbove(one, path))
    .reduce<VolumeMount | undefined>(
      (best, one) => (base(one).length > (best ? base(best).length : 0) ? one : best),
      undefined,
    );
  const volume = volumes.find(({ name }) => name === mount?.name);
  if (mount === undefined || volume === undefined) return [];
  const below = path.slice(base(mount).length + 1);
  const file = [mount.subPath, below].filter((part) => part !== undefined && part !== "").join("/");
  return secretsIn(volume).flatMap(({ secret, items }) => {
    if (items === undefined) return [{ secret, key: file }];
    return items.filter((item) => item.path === file).map(({ key }) => ({ secret, key }));
  });
}

const base = ({ mountPath }: VolumeMount): string => mountPath.replace(/\/$/, "");
const isAbove = (mount: VolumeMount, path: string): boolean =>
  path === base(mount) || path.startsWith(`${base(mount)}/`);

function secretsIn({ secret, projected }: TemplateVolume) {
  const plain = secret?.secretName === undefined ? [] : [{ secret: secret.secretName, items: secret.items }];
  const more = (projected?.sources ?? []).flatMap(({ secret: source }) =>
    source?.name === undefined ? [] : [{ secret: source.name, items: source.items }],
  );
  return [...plain, ...more];
}

/**
 * "provider:key" of an EncryptionConfiguration, "identity:" for values kept as they are; of the keys themselves nothing
 * is kept. undefined when it is none.
 */
export function encryptionKeys(text: string): readonly string[] | undefined {
  const resources = entriesOf(parsed(text)?.resources);
  const keys = resources
    .flatMap((resource) => entriesOf(resource.providers))
    .flatMap((provider) => Object.entries(provider))
    .flatMap(([provider, settings]) => namesIn(settings).map((name) => `${provider}:${name}`));
  return keys.length === 0 ? undefined : [...new Set(keys)].sort();
}

function namesIn(settings: unknown): readonly string[] {
  const { name, keys } = (settings ?? {}) as { readonly name?: unknown; readonly keys?: unknown };
  if (typeof name === "string" && name !== "") return [name];
  const listed = entriesOf(keys).map((key) => String(key.name ?? ""));
  return listed.length > 0 ? listed : [""];
}

/** The parser's own messages quote the line, and with it a key. */
function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = parse(text, { logLevel: "silent" });
    return typeof content === "object" && content !== null ? (content as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === "object" && entry !== null) : [];
}
