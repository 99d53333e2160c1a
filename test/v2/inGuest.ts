import { appendFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { provideImageStore } from "../../lab/images/imageStore";
import { Stopwatch } from "../../lab/progress";
import { provideTools } from "../../lab/tools/provideTools";
import { prove } from "./proofs";

/** Runs in the guest: `inGuest.ts SHARED_DIRECTORY prepare|prove`; the answer is a file in that directory. */
async function main(share: string, task: string): Promise<void> {
  const watch = new Stopwatch();
  const log = (line: string) => appendFileSync(join(share, "progress.log"), `  guest ${watch}: ${line}\n`);
  const answer = task === "prepare" ? await prepare(log) : await prove(log);
  await writeFile(join(share, "answer.json"), JSON.stringify(answer));
}

/** Imports the images, which takes longest and is the same for every run. */
async function prepare(log: (line: string) => void): Promise<{ imageStore: string }> {
  return { imageStore: await provideImageStore(await provideTools({ log }), log) };
}

const [share = "", task = ""] = process.argv.slice(2);
// Ended at once: after a start that failed something may still be waited for.
main(share, task).then(
  () => process.exit(0),
  (error: unknown) => {
    appendFileSync(join(share, "progress.log"), `  guest: ${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
