import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { exists } from "../files";
import type { ToolFamily } from "./toolFamilies";

/** Oldest Go that all go.mod files of the tools accept. */
const minimumGo = { major: 1, minor: 26 };

const installGo =
  "Install Go 1.26 or newer and put it on PATH, or bring the tools yourself with ETCD_RECOVERY_TOOLS=path.";

/** The Go installation that builds the tools. */
export interface GoToolchain {
  /** For example "go1.26.8 linux/amd64". */
  readonly version: string;
  readonly moduleCache: string;
  readonly buildCache: string;
}

/** Whether a version such as "go1.26.8" is new enough. */
export function isSufficientGo(version: string): boolean {
  const match = /^go(\d+)\.(\d+)/.exec(version);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  return major > minimumGo.major || (major === minimumGo.major && minor >= minimumGo.minor);
}

/** Environment of every Go command: never fetch another toolchain, never write to go.mod, no C compiler. */
export const goEnvironment = {
  GOTOOLCHAIN: "local",
  GOFLAGS: "-mod=readonly",
  GOWORK: "off",
  CGO_ENABLED: "0",
} as const;

/** Finds Go. Throws UserError when it is missing or too old. */
export async function findGo(): Promise<GoToolchain> {
  const names = ["GOVERSION", "GOOS", "GOARCH", "GOMODCACHE", "GOCACHE"];
  const result = await execa("go", ["env", ...names], { env: goEnvironment, reject: false });
  if (result.exitCode !== 0) {
    const reason = result.exitCode === undefined ? "no `go` on PATH" : result.stderr.trim();
    throw new UserError(`Go is needed to build the lab's tools: ${reason}.`, installGo);
  }
  const [version = "", os = "", architecture = "", moduleCache = "", buildCache = ""] =
    result.stdout.split("\n");
  if (!isSufficientGo(version)) {
    throw new UserError(`Go on PATH is ${version}, and the lab's tools need 1.26.`, installGo);
  }
  return { version: `${version} ${os}/${architecture}`, moduleCache, buildCache };
}

/** Free space in GiB that building `families` needs; little once their sources were fetched and built before. */
export async function neededGiB(go: GoToolchain, families: readonly ToolFamily[]): Promise<number> {
  const sizes = await Promise.all(
    families.map(async (family) => {
      const known =
        family.moduleDirectory !== undefined && (await exists(join(go.moduleCache, family.moduleDirectory)));
      return known ? 1 : family.coldGiB;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Refuses to start a build that would fill the disk half-way. Directories that do not exist yet count as their parents. */
export async function assertDiskSpace(directory: string, needed: number, what: string): Promise<void> {
  if (!(await exists(directory))) {
    return assertDiskSpace(dirname(directory), needed, what);
  }
  const { bavail, bsize } = await statfs(directory);
  const free = (bavail * bsize) / 2 ** 30;
  if (free < needed) {
    throw new UserError(
      `${what} needs ${needed.toFixed(1)} GiB and the file system of ${directory} has ${free.toFixed(1)} GiB free.`,
      "Free some space, or move the caches with GOMODCACHE, GOCACHE and ETCD_RECOVERY_CACHE.",
    );
  }
}
