import { open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { FileLock } from "../fileLock";
import { writeTree } from "../files";
import { type Log, Stopwatch, withHeartbeat } from "../progress";
import { cacheDirectory } from "./toolCache";

/** Packages of Debian that the lab's machines use as they are; every machine sees the host's files. */
export const labPackages = [
  "busybox-static",
  "containerd",
  "containernetworking-plugins",
  "iproute2",
  "iptables",
  "nftables",
  "openssh-client",
  "openssh-server",
  "openssl",
  "procps",
  "runc",
  "sudo",
  "zstd",
] as const;

/** What the tests need beside them. */
export const testPackages = [...labPackages, "dash", "shellcheck"] as const;

/** Packages of `wanted` that are not fully installed, by the answer of dpkg-query (`<package> <status>` a line). */
export function missingPackages(wanted: readonly string[], dpkgAnswer: string): string[] {
  const installed = new Set(
    dpkgAnswer
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

/**
 * Installs what is missing of `wanted`, without recommended packages and without starting their services. Call it before
 * any machine runs: a lower layer must not change under a mounted overlay. Throws UserError when it cannot be done.
 */
export async function providePackages(log: Log, wanted: readonly string[] = labPackages): Promise<void> {
  if ((await findMissing(wanted)).length === 0) {
    return;
  }
  const lock = join(cacheDirectory(), "packages.lock");
  await FileLock.during(
    lock,
    () => log("another process installs packages; waiting for it …"),
    async () => {
      const missing = await findMissing(wanted);
      if (missing.length > 0) {
        await install(missing, join(cacheDirectory(), "packages.log"), log);
      }
    },
  );
}

async function findMissing(wanted: readonly string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills these in
  const format = "--showformat=${Package} ${db:Status-Status}\\n";
  const answer = await execa("dpkg-query", ["--show", format, ...wanted], { reject: false });
  if (answer.exitCode === undefined) {
    throw new UserError(
      "The lab needs the packages of Debian 12, and this host has no dpkg.",
      `Run it on Debian 12, for example in a virtual machine. It needs: ${wanted.join(" ")}.`,
    );
  }
  return missingPackages(wanted, answer.stdout);
}

async function install(missing: readonly string[], logPath: string, log: Log): Promise<void> {
  const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid?.() !== 0) {
    throw new UserError(`Packages are missing: ${missing.join(" ")}.`, `As root, run: ${command}`);
  }
  const watch = new Stopwatch();
  log(`installing ${missing.join(" ")} … (log: ${logPath})`);
  await writeTree(logPath, "", 0o644);
  await withoutStartingServices(async () => {
    await aptGet(["update"], logPath, log, watch);
    await aptGet(["install", "--yes", "--no-install-recommends", ...missing], logPath, log, watch);
  }).catch((error: Error) => {
    throw new UserError(
      `${error.message} after ${watch}.`,
      `Read the log: ${logPath}, or run yourself: ${command}`,
    );
  });
  log(`installed ${missing.length} packages in ${watch}`);
}

async function aptGet(argv: readonly string[], logPath: string, log: Log, watch: Stopwatch): Promise<void> {
  const output = await open(logPath, "a");
  try {
    const options = ["--quiet", "--option=DPkg::Lock::Timeout=300"];
    const child = execa("apt-get", [...options, ...argv], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", output.fd, output.fd],
      reject: false,
    });
    const { exitCode } = await withHeartbeat(
      log,
      () => `apt-get ${argv[0]} … ${watch} (log: ${logPath})`,
      child,
    );
    if (exitCode !== 0) {
      throw new Error(`apt-get ${argv[0]} failed`);
    }
  } finally {
    await output.close();
  }
}

/** Debian's way to forbid that packages start services as they are installed; 101 means "not allowed". */
const policyPath = "/usr/sbin/policy-rc.d";
const policyText = `#!/bin/sh
# Written by the lab of etcd-recovery while it installs packages; it may be removed.
exit 101
`;

async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  const before = await readFile(policyPath, "utf8").catch(() => undefined);
  if (before !== undefined && before !== policyText) {
    // The host has a policy of its own, as container images do.
    return work();
  }
  await writeFile(policyPath, policyText, { mode: 0o755 });
  try {
    await work();
  } finally {
    await rm(policyPath, { force: true });
  }
}
