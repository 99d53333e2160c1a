import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import execa from "execa";
import { afterAll, describe, expect, it } from "vitest";
import { writeOciArchive } from "../../../image/ociArchive";

const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-image-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A root file system, made at a time of its own. */
function rootOf(name: string, seconds: number): string {
  const root = join(directory, name);
  mkdirSync(join(root, "bin"), { recursive: true });
  for (const file of seconds % 2 === 0 ? ["bin/b", "bin/a"] : ["bin/a", "bin/b"])
    writeFileSync(join(root, file), file);
  chmodSync(join(root, "bin/a"), 0o755);
  utimesSync(join(root, "bin/a"), seconds, seconds);
  return root;
}

const config = { Entrypoint: ["/bin/a"], Env: ["PATH=/bin"], User: "65532:65532" };

async function written(name: string, seconds: number, compressed = true) {
  const archive = join(directory, `${name}.tar`);
  const image = {
    name: "registry.example:5000/x/agent:1.2",
    root: rootOf(name, seconds),
    config,
    compressed,
  };
  const digest = await writeOciArchive(image, join(directory, `${name}.work`), archive);
  return { archive, digest };
}

interface Described {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Unpacks an archive. @returns a reader of its blobs that checks each by its descriptor */
async function opened(archive: string) {
  const at = `${archive}.opened`;
  mkdirSync(at);
  await execa("tar", ["--extract", "--file", archive, "--directory", at]);
  const json = (path: string) => JSON.parse(readFileSync(join(at, path), "utf8"));
  const blob = ({ digest, size }: Described) => {
    const bytes = readFileSync(join(at, "blobs", ...digest.split(":")));
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(digest);
    expect(bytes).toHaveLength(size);
    return bytes;
  };
  return { json, blob };
}

describe("writeOciArchive", () => {
  it("writes a layout whose blobs are what their descriptors say", async () => {
    const { archive, digest } = await written("valid", 1000);
    const { json, blob } = await opened(archive);
    expect(json("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
    const index = json("index.json") as { schemaVersion: number; manifests: [Described] };
    expect(index.schemaVersion).toBe(2);
    expect(index.manifests).toHaveLength(1);
    const [described] = index.manifests;
    expect(described.digest).toBe(digest);
    expect(described.annotations).toEqual({
      "io.containerd.image.name": "registry.example:5000/x/agent:1.2",
      "org.opencontainers.image.ref.name": "1.2",
    });
    const manifest = JSON.parse(blob(described).toString()) as { config: Described; layers: [Described] };
    expect(manifest).toMatchObject({ schemaVersion: 2, mediaType: described.mediaType });
    const [layer] = manifest.layers;
    expect(layer.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
    const tar = gunzipSync(blob(layer));
    const plain = createHash("sha256").update(tar).digest("hex");
    expect(JSON.parse(blob(manifest.config).toString())).toEqual({
      architecture: expect.stringMatching(/^(amd64|arm64)$/),
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: [`sha256:${plain}`] },
    });
    const { stdout } = await execa("tar", ["--list", "--verbose", "--numeric-owner"], { input: tar });
    expect(stdout).toMatch(/^-rwxr-xr-x 0\/0 +5 1970-01-01 .* \.\/bin\/a$/m);
  });

  it("gives equal bytes for equal files, whenever they were made and in whatever order", async () => {
    const [one, other] = [await written("one", 2000), await written("other", 3001)];
    expect(other.digest).toBe(one.digest);
    expect(readFileSync(other.archive).equals(readFileSync(one.archive))).toBe(true);
  });

  it("leaves a layer plain where it is asked to", async () => {
    const { archive } = await written("plain", 1000, false);
    const { json, blob } = await opened(archive);
    const { layers } = JSON.parse(blob(json("index.json").manifests[0]).toString());
    expect(layers[0].mediaType).toBe("application/vnd.oci.image.layer.v1.tar");
    blob(layers[0]);
  });
});
