import { X509Certificate } from "node:crypto";
import { posix } from "node:path";
import { parse } from "yaml";
import { failed, type Refusal, refused } from "../../procedure/refusal";
import { KUBELET_CLIENT, KUBELET_PKI } from "./pkiPaths";
import { readTar, type TarEntry } from "./tar";

/** What a machine's bundle holds, by absolute path. */
export interface Bundle {
  readonly machine: string;
  /** How sentences begin that speak of it. */
  readonly named: string;
  /** Whose it is, for what is compared with it. */
  readonly source: string;
  /** What is to be done where it does not serve. */
  readonly instead: string;
  readonly entries: readonly TarEntry[];
  /** Text of a file, of what links within the bundle lead to too; undefined where there is none. */
  text(path: string): string | undefined;
  /** Where a path leads by the links of the bundle; a path that none of them is on is itself. */
  real(path: string): string;
}

/** What a bundle is called, and what there is to do without it. */
export type Called = Pick<Bundle, "named" | "source" | "instead">;

export const ofBackup = (machine: string): Called => ({
  named: `restore.pki: the bundle of machine ${machine}`,
  source: "the backup",
  instead: "Choose another backup: pulumi config set --path restore.pki.from BACKUP_DIRECTORY",
});

/**
 * @param called default: a backup's
 * @returns a refusal for what is no tar, or has names that none of a backup has
 */
export function bundleOf(
  machine: string,
  tar: Buffer,
  { named, source, instead }: Called = ofBackup(machine),
): Bundle | Refusal {
  let entries: readonly TarEntry[];
  try {
    entries = readTar(tar).map((entry) => ({ ...entry, path: `/${entry.path.replace(/^(\.?\/)+/, "")}` }));
  } catch (cause) {
    return failed("pki-damaged", `${named}: ${(cause as Error).message}`, instead);
  }
  const strange = entries.find(({ path, kind }) => kind === "other" || path.split("/").includes(".."));
  if (strange !== undefined) {
    const what = `${named}: holds ${JSON.stringify(strange.path)}, which no backup does`;
    return refused("pki-strange", what, instead);
  }
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const real = (path: string) => realIn(byPath, path);
  return {
    ...{ machine, named, source, instead, entries, real },
    text(path) {
      const entry = byPath.get(real(path));
      return entry?.kind === "file" ? entry.content.toString("utf8") : undefined;
    },
  };
}

/** More links than one path has. */
const MANY_LINKS = 40;

function realIn(byPath: ReadonlyMap<string, TarEntry>, path: string): string {
  let now = path;
  for (let followed = 0; followed < MANY_LINKS; followed += 1) {
    const parts = now.split("/");
    const end = parts.findIndex((_, n) => byPath.get(parts.slice(0, n + 1).join("/"))?.kind === "link");
    if (end < 0) return now;
    const target = byPath.get(parts.slice(0, end + 1).join("/"))?.target ?? "";
    now = posix.resolve(parts.slice(0, end).join("/") || "/", target, ...parts.slice(end + 1));
  }
  return now;
}

export const isBundle = (value: Bundle | Refusal): value is Bundle => "entries" in value;

/** Certificates of a PEM text, in its order; [] where there is none that can be read. */
export function certificatesIn(text: string | undefined): readonly X509Certificate[] {
  const blocks = text?.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** Paths of files directly or anywhere in a directory. */
export const filesBelow = ({ entries }: Bundle, directory: string): readonly string[] =>
  entries.flatMap(({ path, kind }) => (kind === "file" && path.startsWith(`${directory}/`) ? [path] : []));

/** Kubeconfigs of the configuration's directory. Other files there may be called like one, as a cloud provider's. */
export const kubeconfigsIn = (bundle: Bundle, configuration: string): readonly string[] =>
  filesBelow(bundle, configuration).filter(
    (path) =>
      /^[^/]+\.conf$/.test(path.slice(configuration.length + 1)) && isKubeconfig(bundle.text(path) ?? ""),
  );

function isKubeconfig(text: string): boolean {
  try {
    return (parse(text) as { kind?: unknown } | null)?.kind === "Config";
  } catch {
    return false;
  }
}

/** Links among what is swapped that lead elsewhere: what they name is not swapped with them. */
export function linksOutOf(bundle: Bundle, parts: readonly string[]): readonly string[] {
  const within = (path: string) => parts.some((part) => path === part || path.startsWith(`${part}/`));
  return bundle.entries.flatMap(({ path, kind }) =>
    kind === "link" && within(path) && !within(bundle.real(path)) ? [path] : [],
  );
}

/** Which paths a bundle's files are put back at. */
export interface PartsWanted {
  readonly configuration: string;
  /** Of encryption at rest, where the API server of the machine looks for it. */
  readonly encryption: string | undefined;
  /** Whether the kubelet's own certificate has to come back. */
  readonly kubelet: boolean;
}

/**
 * What of a bundle is swapped, each by one rename: the directory of keys and certificates, every kubeconfig, the
 * configuration of encryption at rest, and where it is wanted the kubelet's own. Manifests and other configuration are not:
 * what runs is what is there.
 */
export function partsOf(
  bundle: Bundle,
  { configuration, encryption, kubelet }: PartsWanted,
): readonly string[] {
  const pki = `${configuration}/pki`;
  const has = (path: string) => bundle.entries.some((entry) => entry.path === path);
  const apart = encryption !== undefined && !encryption.startsWith(`${pki}/`) && has(encryption);
  return [
    pki,
    ...kubeconfigsIn(bundle, configuration),
    ...(apart ? [encryption] : []),
    ...(kubelet && has(KUBELET_CLIENT) ? [KUBELET_PKI] : []),
  ];
}
