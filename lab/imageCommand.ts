import { copyFile, mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { UserError } from "../components/errors";
import { layOutProgram } from "../image/agentTree";
import { makeAgentImage, provideAgentParts } from "./images/agentImage";

const root = resolve(__dirname, "..");
const log = (line: string): void => void process.stderr.write(`${line}\n`);

interface ImageOptions {
  readonly prefix: string;
  readonly output: string;
  readonly context?: string;
}

/** `npm run image`: the agent's image without a builder, or what a builder needs. */
async function main({ prefix, output, context }: ImageOptions): Promise<void> {
  if (!/^[a-z0-9][a-z0-9.:_/-]*$/.test(prefix))
    throw new UserError(`--prefix: "${prefix}" is no registry and path, such as registry.example/backups.`);
  const parts = await provideAgentParts(log);
  if (context !== undefined) return writeContext(resolve(context), parts);
  const made = await makeAgentImage(prefix, output, parts);
  process.stdout.write(`${JSON.stringify({ ...made, output: resolve(output) })}\n`);
}

/** What image/Containerfile copies, beside itself. */
async function writeContext(directory: string, parts: { etcd: string; etcdutl: string }): Promise<void> {
  for (const name of ["app", "bin"]) await rm(join(directory, name), { recursive: true, force: true });
  await mkdir(join(directory, "bin"), { recursive: true });
  await copyFile(join(root, "image/Containerfile"), join(directory, "Containerfile"));
  for (const name of ["etcd", "etcdutl"] as const) await copyFile(parts[name], join(directory, "bin", name));
  await layOutProgram(root, join(directory, "app"));
  process.stdout.write(`${JSON.stringify({ context: directory })}\n`);
}

const command = new Command("npm run image --")
  .description("Writes the image of the backup agent as a tar of an OCI layout; no builder is needed.")
  .option("--prefix <prefix>", "registry and path that begin its name", "localhost")
  .option("--output <file>", "where it goes", "etcd-recovery-agent.oci.tar")
  .option("--context <directory>", "write what image/Containerfile copies there, instead of an image");

main(command.parse().opts<ImageOptions>()).catch((error: unknown) => {
  log(error instanceof UserError ? error.message : String(error));
  process.exitCode = 1;
});
