import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { packTree, sha256OfFile } from "./packTree";

/** What a container runtime does with an image; the field `config` of its configuration. */
export interface RunConfig {
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** An image of one layer. */
export interface Image {
  /** With its tag: what containerd calls it after an import. */
  readonly name: string;
  /** Directory of its root file system. */
  readonly root: string;
  readonly config: RunConfig;
  /** Whether its layer is compressed. A registry wants it; a runtime of the same machine need not unpack it. */
  readonly compressed: boolean;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const types = {
  config: "application/vnd.oci.image.config.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
};

/** Of this processor, as images name it. */
export const architecture = (): string => (process.arch === "arm64" ? "arm64" : "amd64");

/**
 * Writes an image as a tar of an OCI layout, by way of the scratch directory `work`. Equal files give equal bytes.
 *
 * @returns digest of its manifest, `sha256:…`: what a registry will call it
 */
export async function writeOciArchive(image: Image, work: string, archive: string): Promise<string> {
  await rm(work, { recursive: true, force: true });
  const blobs = join(work, "layout", "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const layer = join(work, "layer.tar");
  await packTree(layer, image.root);
  const diffId = `sha256:${await sha256OfFile(layer)}`;
  const stored = image.compressed ? await compress(layer) : layer;
  const manifest = await writeJson(blobs, types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: await writeJson(blobs, types.config, imageConfig(image.config, diffId)),
    layers: [await moveIn(blobs, stored, types.layer + (image.compressed ? "+gzip" : ""))],
  });
  const layout = join(work, "layout");
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const index = { schemaVersion: 2, manifests: [named(manifest, image.name)] };
  await writeFile(join(layout, "index.json"), JSON.stringify(index));
  await packTree(`${archive}.new`, layout, ["oci-layout", "index.json", "blobs"]);
  await rename(`${archive}.new`, archive);
  await rm(work, { recursive: true, force: true });
  return manifest.digest;
}

/** What the container runtime reads of an image; `diff_ids` ties it to its layer. */
export function imageConfig(config: RunConfig, diffId: string): Record<string, unknown> {
  return {
    architecture: architecture(),
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [diffId] },
  };
}

/** Names as tools look for them: the tag alone for most, the whole name for containerd. */
function named(manifest: Descriptor, name: string): Descriptor {
  const tag = /:([^:/]+)$/.exec(name)?.[1] ?? "latest";
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag };
  return { ...manifest, annotations };
}

async function writeJson(blobs: string, mediaType: string, content: object): Promise<Descriptor> {
  const text = JSON.stringify(content);
  const digest = createHash("sha256").update(text).digest("hex");
  await writeFile(join(blobs, digest), text);
  return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
}

async function moveIn(blobs: string, file: string, mediaType: string): Promise<Descriptor> {
  const digest = await sha256OfFile(file);
  const { size } = await stat(file);
  await rename(file, join(blobs, digest));
  return { mediaType, digest: `sha256:${digest}`, size };
}

/** gzip as zlib writes it: no name and no time in it. */
async function compress(file: string): Promise<string> {
  const packed = `${file}.gz`;
  await pipeline(createReadStream(file), createGzip({ level: 6 }), createWriteStream(packed));
  await rm(file);
  return packed;
}
