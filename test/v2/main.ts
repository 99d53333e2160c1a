import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { removeTree } from "../../lab/files";
import { Stopwatch } from "../../lab/progress";
import { labPackages, providePackages } from "../../lab/tools/debianPackages";
import { provideTools } from "../../lab/tools/provideTools";
import { cacheDirectory } from "../../lab/tools/toolCache";
import { runGuest, type SharedDirectories } from "./guest";
import { hostPackages, provideDisk } from "./guestDisk";
import type { Answer } from "./proofs";

const watch = new Stopwatch();
const log = (line: string): void => void process.stderr.write(`[${watch}] ${line}\n`);

/** What no run of this command proves, whatever it sees. */
const limitsOfTheProof = [
  "a kernel of a distribution: user-mode-linux has one processor, and address translation for iptables of old only",
  "several workers, the demo, a restore: the guest is too slow for them; they run on the host's own cgroups",
  "how fast anything is",
];

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new UserError("A guest's disk is made by root.", "Run as root: npm run test:v2");
  }
  await providePackages(log, [...labPackages, ...hostPackages]);
  await provideTools({ log });
  const shared = {
    project: join(__dirname, "../.."),
    tools: join(cacheDirectory(), "tools"),
    go: (await execa("go", ["env", "GOROOT"])).stdout,
  };
  const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-v2-"));
  log(`the guest's files are in ${directory}`);
  const answer = await proveIn(directory, shared);
  const failed = answer.proofs.filter((proof) => !proof.holds);
  report(answer);
  if (failed.length > 0) {
    process.exitCode = 1;
    return;
  }
  await removeTree(directory);
}

async function proveIn(directory: string, shared: SharedDirectories): Promise<Answer> {
  const disk = await provideDisk(log, async (made) => {
    log("booting it once, to import the lab's images …");
    const prepared = join(directory, "prepare");
    const once = { disk: made, forget: false, directory: prepared, shared, arguments: ["prepare"] };
    await runGuest({ ...once, timeoutMinutes: 30 }, log);
  });
  await removeOlderDisks(disk);
  log("booting the guest …");
  const proof = { disk, forget: true, directory: join(directory, "prove"), shared, arguments: ["prove"] };
  return (await runGuest({ ...proof, timeoutMinutes: 60 }, log)) as Answer;
}

/** Two GB each; only the one of this version is of use. */
async function removeOlderDisks(disk: string): Promise<void> {
  const names = await readdir(dirname(disk));
  const older = names.filter((name) => name.endsWith(".img") && name !== basename(disk));
  for (const name of older) await rm(join(dirname(disk), name));
}

function report({ guest, controllers, proofs }: Answer): void {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`\nIn ${guest}, with systemd and cgroup v2 (${controllers.join(", ")}):`);
  for (const { what, seen, holds } of proofs) say(`  ${holds ? "yes" : "NO "}  ${what}: ${seen}`);
  const absent = ["cpuset", "hugetlb"].filter((one) => !controllers.includes(one));
  const notTried = absent.map((one) => `the controller ${one}: this kernel has none`);
  say("Not proven by this:");
  for (const line of [...notTried, ...limitsOfTheProof]) say(`  ${line}`);
  const failed = proofs.filter((proof) => !proof.holds).length;
  say(`${proofs.length - failed} seen, ${failed} not, ${watch}`);
}

main().catch((error: unknown) => {
  log(error instanceof UserError ? `error: ${error.message}` : String(error));
  process.exitCode = 1;
});
