import { FailedError } from "../../errors";
import { aliasOf, jumpAliasOf } from "./sshConfig";
import type { SshEndpoint, SshTarget } from "./sshTarget";

/** A machine could not be reached, or did not let us in; nothing was done there for certain. */
export class SshError extends FailedError {
  constructor(
    readonly kind: SshFault,
    message: string,
    remedy: string,
  ) {
    super(message, remedy);
    this.name = "SshError";
  }
}

/** `interrupted`: the connection broke, or the time was over, when something was under way already. */
export type SshFault = "hostKey" | "refused" | "key" | "timeout" | "sudo" | "interrupted" | "other";

/**
 * What OpenSSH's complaint means, as a sentence that says which of the two hosts it is about.
 *
 * @param n the target's place in the configuration, which the complaint names it by
 */
export function sshError(target: SshTarget, n: number, stderr: string): SshError {
  const { jump } = target;
  const machine = `machine ${target.name} (${place(target)})`;
  const hop = jump === undefined ? machine : `jump host ${place(jump)}`;
  const atJump = jump !== undefined && isAtJump(stderr, jump, n);
  const at = atJump ? hop : machine;
  const through = jump === undefined || atJump ? "" : ` through ${hop}`;
  const keyName = atJump ? "ssh.jump" : `machines ${target.name}`;

  if (/host key.*(has changed|verification failed|is known for)|IDENTIFICATION HAS CHANGED/i.test(stderr)) {
    const shown = /fingerprint for the (\S+) key[\s\S]*?(SHA256:\S+?)\.?\s/.exec(stderr);
    const what =
      shown === null ? "another host key than" : `the ${shown[1]} host key ${shown[2]}, not the one that`;
    return new SshError(
      "hostKey",
      `${at}: shows ${what} hostKey of ${keyName} says: it is another machine, or somebody is in between`,
      `Ask whoever runs it. If its key was changed on purpose: ssh-keyscan from a place that you trust, then set hostKey of ${keyName}.`,
    );
  }
  if (/Too many authentication failures/.test(stderr)) {
    const key = atJump ? "ssh.jump.publicKey" : "ssh.publicKey";
    return new SshError(
      "key",
      `${at}${through}: takes no more of the ssh-agent's keys, and none of those that it tried let anybody in`,
      `Name the one that does, as ssh-add -L prints it: pulumi config set --path ${key} 'ssh-ed25519 AAAA...'`,
    );
  }
  if (/Permission denied/.test(stderr)) {
    if (atJump ? target.jumpByAgent : target.byAgent)
      return new SshError(
        "key",
        `${at}${through}: user ${atJump ? jump?.user : target.user} is not let in with the ssh-agent's keys`,
        "Check the user, and what the agent holds (ssh-add -l); give it the key: ssh-add KEYFILE",
      );
    const key = atJump && target.jumpHasKey ? "ssh.jump.privateKey" : "ssh.privateKey";
    return new SshError(
      "key",
      `${at}${through}: user ${atJump ? jump?.user : target.user} is not let in with the given key`,
      `Check the user, and ${key}: pulumi config set --secret --path ${key} < KEYFILE`,
    );
  }
  if (/Could not resolve hostname/.test(stderr))
    return new SshError("refused", `${at}: no such host name`, "Check its host in the configuration.");
  if (/timed out|Timeout, server|not responding/i.test(stderr))
    return new SshError("timeout", `${at}${through}: does not answer: ${last(stderr)}`, lookAt(at));
  if (/refused|No route to host|unreachable|open failed|Connection (closed|reset)|broken pipe/i.test(stderr))
    return new SshError("refused", `${at}${through}: cannot be reached: ${reasonIn(stderr)}`, lookAt(at));
  return new SshError("other", `${at}${through}: ssh ended: ${last(stderr) || "without a word"}`, lookAt(at));
}

const place = ({ host, port }: SshEndpoint): string => (port === 22 ? host : `${host}:${port}`);
const lookAt = (at: string): string => `Look at ${at}: its power, its network, its sshd.`;

/** OpenSSH names aliases for host keys, user and host for refusals, and the host alone for connections. */
function isAtJump(stderr: string, jump: SshEndpoint, n: number): boolean {
  const about = (alias: string) => new RegExp(`\\b${alias}\\b`).test(stderr);
  if (about(jumpAliasOf(n))) return true;
  if (about(aliasOf(n))) return false;
  if (stderr.includes(`${jump.user}@${jump.host}: Permission denied`)) return true;
  if (stderr.includes(`disconnect from ${jump.host} port ${jump.port}:`)) return true;
  return new RegExp(`connect to host ${escaped(jump.host)} port`).test(stderr);
}

/** Of a pattern, what stands for itself. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const lines = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");
const last = (text: string): string => (lines(text).at(-1) ?? "").trim().slice(0, 200);
/** The first complaint is the reason, what follows from it comes later. */
const reasonIn = (text: string): string => (lines(text)[0] ?? "").trim().slice(0, 200);
