import { copyFile, mkdir, open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { writeTree } from "../../lab/files";
import type { Log } from "../../lab/progress";
import { providePackages } from "../../lab/tools/debianPackages";

/** Directories of the host that the guest sees, read-only, at the same path. */
export interface SharedDirectories {
  readonly project: string;
  readonly tools: string;
  /** GOROOT: the key of built tools has Go's version. */
  readonly go: string;
}

/** How a guest is booted. */
export interface GuestBoot {
  readonly disk: string;
  /** Whether what the guest writes is forgotten afterwards. */
  readonly forget: boolean;
  /** A new, empty directory for this boot. */
  readonly directory: string;
  readonly shared: SharedDirectories;
  /** Arguments of inGuest.ts. */
  readonly arguments: readonly string[];
  readonly timeoutMinutes: number;
}

/** In GiB; the guest's kernel takes it as it needs it. */
const memory = "6G";
/** How many times as long the lab waits in the guest, whose one processor is emulated system call by system call. */
const patience = 12;

/** Boots a guest, lets it run, and returns its answer. Throws UserError when it ends without one. */
export async function runGuest(boot: GuestBoot, log: Log): Promise<unknown> {
  const share = join(boot.directory, "share");
  await mkdir(share, { recursive: true, mode: 0o700 });
  await writeTree(join(share, "run.sh"), runScript(boot));
  await copyFile(process.execPath, join(share, "node"));
  const drive = boot.forget ? `${join(boot.directory, "changes.cow")},${boot.disk}` : boot.disk;
  const console = await open(join(boot.directory, "console.log"), "w", 0o600);
  const kernel = [`ubd0=${drive}`, "root=/dev/ubda", "rw", `mem=${memory}`];
  const own = [
    `uml_dir=${boot.directory}/`,
    "umid=guest",
    "con=null",
    "con0=null,fd:1",
    `lab.share=${share}`,
  ];
  const child = execa("linux.uml", [...kernel, ...own], {
    env: await preload(boot.directory),
    stdio: ["ignore", console.fd, console.fd],
    detached: true,
    reject: false,
  });
  const end = () => killGroup(child.pid);
  const timer = setTimeout(end, boot.timeoutMinutes * 60_000);
  process.once("exit", end);
  // Ctrl-C does not reach the guest, which has a process group of its own.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const follow = setInterval(() => void tail.next(log), 1000);
  const tail = new Tail(join(share, "progress.log"));
  await child;
  clearTimeout(timer);
  clearInterval(follow);
  process.removeListener("exit", end);
  end();
  await console.close();
  await tail.next(log);
  const answer = await readFile(join(share, "answer.json"), "utf8").catch(() => undefined);
  if (answer === undefined) {
    throw new UserError(
      "The guest ended without an answer.",
      `Read ${join(share, "output.log")} and ${join(boot.directory, "console.log")}`,
    );
  }
  return JSON.parse(answer);
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** What systemd runs in the guest. Nothing of the host can be changed from there but the shared directory. */
function runScript(boot: GuestBoot): string {
  const { project, tools, go } = boot.shared;
  const seen = [project, tools, go].map(
    (path) =>
      `mkdir -p '${path}'\nmount -t hostfs none '${path}' -o '${path}'\nmount -o remount,ro '${path}'\n`,
  );
  return `set -e
export HOME=/root PATH=${go}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export ETCD_RECOVERY_LAB_PATIENCE=${patience} ETCD_RECOVERY_CACHE='${join(tools, "..")}'
${seen.join("")}cp /host/share/node /usr/local/bin/node
cd '${project}'
exec node node_modules/tsx/dist/cli.mjs test/v2/inGuest.ts /host/share ${boot.arguments.join(" ")}
`;
}

/** Registers of which user-mode-linux of kernel 6.1 knows nothing; see wideRegisters.c. */
async function preload(directory: string): Promise<Record<string, string>> {
  if (!/\bamx_tile\b/.test(await readFile("/proc/cpuinfo", "utf8"))) return {};
  await providePackages(() => undefined, ["gcc", "libc6-dev"]);
  const library = join(directory, "wideRegisters.so");
  await execa("gcc", ["-O2", "-shared", "-fPIC", "-o", library, join(__dirname, "wideRegisters.c")]);
  return { LD_PRELOAD: library };
}

/** New lines of a file that grows. */
class Tail {
  readonly #path: string;
  #read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async next(log: Log): Promise<void> {
    const size = await stat(this.#path).then(
      (found) => found.size,
      () => 0,
    );
    if (size === this.#read) return;
    const text = (await readFile(this.#path)).subarray(this.#read).toString("utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    this.#read += Buffer.byteLength(whole);
    for (const line of whole.split("\n").filter(Boolean)) log(line);
  }
}
