import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { agentImageName, runConfig, writeAgentImage } from "../../image/agentImage";
import { type AgentParts, librariesOf } from "../../image/agentTree";
import { bundleAgent } from "../../image/bundleAgent";
import { FileLock } from "../fileLock";
import { exists } from "../files";
import { type Log, Stopwatch } from "../progress";
import { provideNode } from "../tools/nodePackage";
import { provideTools } from "../tools/provideTools";
import { cacheDirectory } from "../tools/toolCache";
import { etcdVersion } from "../tools/toolFamilies";
import { describeFile } from "./describeFile";
import { provideDescriptors } from "./descriptors";

/** Node in the agent's image; image/Containerfile says the same. */
export const imageNodeVersion = "22.23.3";

const packageDirectory = resolve(__dirname, "../..");

/** An image in a file, for `ctr images import`. */
export interface ArchivedImage {
  readonly name: string;
  readonly archive: string;
}

/** What the agent's image is made of besides this package's sources, fetched or built. */
export async function provideAgentParts(log: Log): Promise<AgentParts> {
  await provideDescriptors(log);
  const tools = await provideTools({ only: ["etcd", "etcdutl"], log });
  const node = await provideNode(imageNodeVersion, log);
  return { node, etcd: tools.path("etcd"), etcdutl: tools.path("etcdutl") };
}

/** Writes the agent's image. @returns its name and digest. @throws UserError when a part is missing */
export async function makeAgentImage(prefix: string, output: string, parts: AgentParts) {
  const manifest = JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8"));
  const { version } = manifest as { readonly version: string };
  const contents = { node: imageNodeVersion, etcd: etcdVersion };
  return writeAgentImage({ package: packageDirectory, prefix, version, contents, parts, output });
}

/** The agent's image as a file in the cache, made anew when the agent or a part of it has changed. */
export async function provideAgentImage(log: Log): Promise<ArchivedImage> {
  const parts = await provideAgentParts(log);
  const files = [...Object.values(parts), ...(await librariesOf(parts.node))];
  const ingredients = [
    await bundleAgent(packageDirectory),
    await Promise.all(files.map(describeFile)),
    runConfig,
  ];
  const key = createHash("sha256").update(JSON.stringify(ingredients)).digest("hex").slice(0, 12);
  // Named by its content: no node takes an older one for it.
  const name = agentImageName("localhost/lab", key);
  const directory = join(cacheDirectory(), "images");
  const archive = join(directory, `agent-${key}.tar`);
  await mkdir(directory, { recursive: true });
  const waiting = () => log("another process makes the agent's image; waiting for it …");
  await FileLock.during(join(directory, "agent.lock"), waiting, async () => {
    if (await exists(archive)) return;
    const watch = new Stopwatch();
    log("making the agent's image …");
    const contents = { node: imageNodeVersion, etcd: etcdVersion };
    const options = { package: packageDirectory, prefix: "localhost/lab", version: key, contents, parts };
    await writeAgentImage({ ...options, output: archive });
    const old = (await readdir(directory)).filter((one) => /^agent-[0-9a-f]+\.tar$/.test(one));
    await Promise.all(
      old.filter((one) => one !== `agent-${key}.tar`).map((one) => rm(join(directory, one), { force: true })),
    );
    log(`the agent's image is ready after ${watch}`);
  });
  return { name, archive };
}
