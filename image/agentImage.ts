import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AGENT_USER, type AgentParts, layOutAgent } from "./agentTree";
import { type RunConfig, writeOciArchive } from "./ociArchive";

/** The image's name, behind a prefix that says where it is kept. */
export const AGENT_IMAGE = "etcd-recovery-agent";

/** What {@link writeAgentImage} is told. */
export interface AgentImageOptions {
  /** Directory of this package. */
  readonly package: string;
  /** Registry and path that it will be pushed to, such as `registry.example/backups`. */
  readonly prefix: string;
  /** Of this package: the tag. */
  readonly version: string;
  /** Versions of what is in it, by name; they become labels. */
  readonly contents: Readonly<Record<string, string>>;
  readonly parts: AgentParts;
  /** Where the archive goes. */
  readonly output: string;
}

/** Settings of the agent's container, as its image and its Containerfile say them. */
export const runConfig: RunConfig = {
  User: `${AGENT_USER}:${AGENT_USER}`,
  WorkingDir: "/app",
  Env: ["PATH=/usr/local/bin", "NODE_ENV=production", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
  Entrypoint: ["/usr/local/bin/node", "/app/agent.js"],
};

/** The name of the image below a prefix. */
export const agentImageName = (prefix: string, version: string): string =>
  `${prefix.replace(/\/+$/, "")}/${AGENT_IMAGE}:${version}`;

/**
 * Writes the agent's image as a tar of an OCI layout: without a builder, and with equal bytes for equal parts.
 *
 * @returns its name and the digest of its manifest
 */
export async function writeAgentImage(
  options: AgentImageOptions,
): Promise<{ readonly name: string; readonly digest: string }> {
  const output = resolve(options.output);
  const work = `${output}.work`;
  const root = join(work, "root");
  try {
    await rm(work, { recursive: true, force: true });
    await mkdir(root, { recursive: true });
    await mkdir(dirname(output), { recursive: true });
    await layOutAgent(options.package, options.parts, root);
    const name = agentImageName(options.prefix, options.version);
    const config = { ...runConfig, Labels: labelsOf(options) };
    const digest = await writeOciArchive({ name, root, config, compressed: true }, join(work, "oci"), output);
    return { name, digest };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function labelsOf({ version, contents }: AgentImageOptions): Record<string, string> {
  const own = { "org.opencontainers.image.title": AGENT_IMAGE, "org.opencontainers.image.version": version };
  const parts = Object.entries(contents).map(([name, one]) => [`etcd-recovery.${name}`, one]);
  return { ...own, ...Object.fromEntries(parts) };
}
