import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endWithin, startChild } from "../childProcesses";
import { aliasOf, endpoint, jumpAliasOf, unattended } from "./sshConfig";
import { removeSshDirectory, sshDirectory } from "./sshDirectory";
import { escaped, type SshError, sshError } from "./sshError";
import { openIdentities, type SshIdentities } from "./sshIdentities";
import { connectAgain } from "./sshRetry";
import type { SshEndpoint, SshKeys, SshTarget } from "./sshTarget";

/** A host whose key nobody may know yet. */
export interface UnseenTarget extends Omit<SshTarget, "hostKey"> {
  readonly hostKey?: string | undefined;
  /** The only way to it; its key is known. */
  readonly jump?: SshEndpoint | undefined;
  /** Whether it is the jump host itself, for messages. Default: it is a machine. */
  readonly isJump?: boolean;
}

/** Kinds of host keys, the best first; no certificates: what is written down is a key. */
const KINDS =
  "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
/** Beyond OpenSSH's own time for a connection, which a jump host takes twice. */
const SECONDS = 30;

/**
 * What host keys the hosts show now, in their order. Nobody logs in there, so that no key for them is needed, only for the
 * jump host. Nothing proves that it is them.
 *
 * @param keys what opens the jump host; needed where there is one
 * @returns of a host with a known key that key, since it was shown
 * @throws SshError when one cannot be reached, or shows another key than the known one
 */
export async function seenHostKeys(
  targets: readonly UnseenTarget[],
  keys: SshKeys | undefined,
): Promise<readonly string[]> {
  if (keys === undefined && targets.some(({ jump }) => jump !== undefined))
    throw new TypeError("nothing opens the jump host");
  const directory = sshDirectory();
  let opened: SshIdentities | undefined;
  try {
    opened = keys === undefined ? undefined : await openIdentities(directory, keys);
    writeFileSync(join(directory, "config"), configOf(targets, directory, opened), { mode: 0o600 });
    const asked = targets.map((target, n) => seenKey(target, n, directory));
    await Promise.allSettled(asked);
    return await Promise.all(asked);
  } finally {
    opened?.close();
    removeSshDirectory(directory);
  }
}

/** @throws SshError */
async function seenKey(target: UnseenTarget, n: number, directory: string): Promise<string> {
  const { hostKey, jump } = target;
  if (jump !== undefined)
    writeFileSync(join(directory, `jump-${n}`), `${jumpAliasOf(n)} ${jump.hostKey}\n`, { mode: 0o600 });
  const seen = await connectAgain(() => ask(target, n, directory));
  if (typeof seen === "string") throw errorOf(target, n, seen);
  return hostKey ?? seen.key;
}

function errorOf(target: UnseenTarget, n: number, stderr: string): SshError {
  const known = { ...target, hostKey: target.hostKey ?? "" };
  return target.isJump === true
    ? sshError({ ...known, jump: known }, n, stderr.replaceAll(aliasOf(n), jumpAliasOf(n)))
    : sshError(known, n, stderr);
}

/** @returns what OpenSSH said, where the host has not proven that it has its key */
async function ask({ host, hostKey }: UnseenTarget, n: number, directory: string) {
  const file = join(directory, `seen-${n}`);
  writeFileSync(file, hostKey === undefined ? "" : `${aliasOf(n)} ${hostKey}\n`, { mode: 0o600 });
  const child = startChild(["ssh", "-n", "-F", join(directory, "config"), aliasOf(n), "true"], "ignore");
  const { code, stderr } = await endWithin(child, SECONDS, "SIGTERM");
  const key = keyIn(readFileSync(file, "utf8"), aliasOf(n));
  // A refused log-in comes after the proof; the key is written down before it.
  const isProven = code === 0 || new RegExp(`@${escaped(host)}: Permission denied`).test(stderr);
  return key !== undefined && isProven ? { key } : stderr;
}

const keyIn = (knownHosts: string, alias: string): string | undefined =>
  knownHosts
    .split("\n")
    .find((line) => line.startsWith(`${alias} `))
    ?.slice(alias.length + 1)
    .trim();

/** OpenSSH's configuration: the hosts are asked for their keys alone, the jump host is entered as always. */
function configOf(
  targets: readonly UnseenTarget[],
  directory: string,
  opened: SshIdentities | undefined,
): string {
  const lines = targets.flatMap((target, n) => [
    ...endpoint(aliasOf(n), target, { agent: "none", publicKey: "none" }),
    `  UserKnownHostsFile "${join(directory, `seen-${n}`)}"`,
    "  HashKnownHosts no",
    // Of a known key the kind is what OpenSSH prefers by itself.
    ...(target.hostKey === undefined
      ? ["  StrictHostKeyChecking accept-new", `  HostKeyAlgorithms ${KINDS}`]
      : ["  StrictHostKeyChecking yes"]),
    "  PreferredAuthentications none",
    ...(target.jump === undefined || opened === undefined
      ? []
      : [
          `  ProxyJump ${jumpAliasOf(n)}`,
          ...endpoint(jumpAliasOf(n), target.jump, opened.jumpIdentity),
          `  UserKnownHostsFile "${join(directory, `jump-${n}`)}"`,
          "  StrictHostKeyChecking yes",
          "  PreferredAuthentications publickey",
        ]),
  ]);
  return `${[...lines, ...unattended].join("\n")}\n`;
}
