import { X509Certificate } from "node:crypto";
import { failed, type Refusal, refused } from "../../procedure/refusal";
import { KUBELET_CLIENT, KUBELET_PKI } from "./pkiPaths";
import { readTar, type TarEntry } from "./tar";

/** What a machine's bundle holds, by absolute path. */
export interface Bundle {
  readonly machine: string;
  readonly entries: readonly TarEntry[];
  /** Text of a file, of what a link within the bundle names too; undefined where there is none. */
  text(path: string): string | undefined;
}

/** @returns a refusal for what is no tar, or has names that none of a backup has */
export function bundleOf(machine: string, tar: Buffer): Bundle | Refusal {
  let entries: readonly TarEntry[];
  try {
    entries = readTar(tar).map((entry) => ({ ...entry, path: `/${entry.path.replace(/^(\.?\/)+/, "")}` }));
  } catch (cause) {
    const what = `restore.pki: the bundle of machine ${machine}: ${(cause as Error).message}`;
    return failed("pki-damaged", what, "Choose another backup.");
  }
  const strange = entries.find(({ path, kind }) => kind === "other" || path.split("/").includes(".."));
  if (strange !== undefined) {
    const what = `restore.pki: the bundle of machine ${machine} holds ${JSON.stringify(strange.path)}, which no backup does`;
    return refused("pki-strange", what, "Choose another backup.");
  }
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const follow = (path: string): TarEntry | undefined => {
    const entry = byPath.get(path);
    if (entry?.kind !== "link") return entry;
    const target = entry.target.startsWith("/")
      ? entry.target
      : `${path.replace(/\/[^/]+$/, "")}/${entry.target}`;
    return byPath.get(target);
  };
  return {
    ...{ machine, entries },
    text(path) {
      const entry = follow(path);
      return entry?.kind === "file" ? entry.content.toString("utf8") : undefined;
    },
  };
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

/** Kubeconfigs of the configuration's directory. */
export const kubeconfigsIn = (bundle: Bundle, configuration: string): readonly string[] =>
  filesBelow(bundle, configuration).filter((path) =>
    /^[^/]+\.conf$/.test(path.slice(configuration.length + 1)),
  );

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
