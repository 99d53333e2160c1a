import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import execa from "execa";
import { UserError } from "../../components/errors";
import { isExecutable } from "../files";
import { type Log, Stopwatch, withHeartbeat } from "../progress";
import { goEnvironment } from "./goToolchain";
import { moduleDirectory } from "./toolCache";
import { buildFlags, type ToolFamily, type ToolName, toolNames } from "./toolFamilies";

/** Tools of a family that its cache directory does not hold yet. */
export async function missingTools(family: ToolFamily, directory: string): Promise<ToolName[]> {
  const names = toolNames(family);
  const present = await Promise.all(names.map((name) => isExecutable(join(directory, name))));
  return names.filter((_, index) => !present[index]);
}

/**
 * Builds what `directory` lacks of a family. Each tool appears there by rename, so a killed build leaves either the
 * whole tool or none, and the next run goes on with the next tool.
 */
export async function buildFamily(
  family: ToolFamily,
  directory: string,
  logPath: string,
  log: Log,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await removeRemains(directory);
  for (const name of await missingTools(family, directory)) {
    await buildTool(family, name, directory, logPath, log);
  }
}

/** What a killed build left; the caller holds the lock, so nobody else is writing one. */
async function removeRemains(directory: string): Promise<void> {
  const remains = (await readdir(directory)).filter((name) => name.startsWith("."));
  await Promise.all(remains.map((name) => rm(join(directory, name), { force: true })));
}

async function buildTool(
  family: ToolFamily,
  name: ToolName,
  directory: string,
  logPath: string,
  log: Log,
): Promise<void> {
  const watch = new Stopwatch();
  const temporary = join(directory, `.${name}.${process.pid}`);
  const argv = ["build", ...buildFlags(family), "-o", temporary, family.tools[name] ?? "."];
  log(`building ${name} ${family.version} … (log: ${logPath})`);
  const output = createWriteStream(logPath, { flags: "a" });
  output.write(`\n$ go ${argv.join(" ")}\n`);
  const child = execa("go", argv, {
    cwd: moduleDirectory(family),
    env: goEnvironment,
    all: true,
    buffer: false,
  });
  child.all?.pipe(output);
  try {
    await withHeartbeat(log, () => `building ${name} … ${watch} (log: ${logPath})`, child);
    await rename(temporary, join(directory, name));
  } catch {
    throw new UserError(
      `Building ${name} ${family.version} failed after ${watch}.`,
      `Read the log: ${logPath}`,
    );
  } finally {
    output.end();
    await finished(output);
  }
  log(`built ${name} in ${watch}`);
}
