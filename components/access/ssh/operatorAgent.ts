import { FailedError } from "../../errors";
import { endWithin, startChild } from "../childProcesses";
import { fingerprintOf, keyOnly } from "./hostKey";
import type { AgentChoice } from "./sshTarget";

/** An agent that answered. */
export interface OperatorAgent {
  /** Path. */
  readonly socket: string;
  /** Public halves of its keys, as authorized_keys has them. */
  readonly keys: readonly string[];
}

/** What `ssh-add -L` said of one socket. */
export interface AgentAnswer {
  readonly socket: string;
  /** Where it is from, for messages. */
  readonly from: string;
  /** undefined: nobody answered. */
  readonly keys: readonly string[] | undefined;
}

const START = 'eval "$(ssh-agent -s)" && ssh-add KEYFILE';

/**
 * Finds the operator's ssh-agent now: at the socket that was chosen, else at SSH_AUTH_SOCK's. A socket that was recorded
 * may be of an earlier login, so that a step of a later one goes by the environment.
 *
 * @param setting "ssh" or "ssh.jump", for messages
 * @throws FailedError where none answers, or the one that does has no key
 */
export async function operatorAgent(
  setting: string,
  { socket }: AgentChoice,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<OperatorAgent> {
  const places: { readonly socket: string; readonly from: string }[] = [];
  if (socket !== undefined) places.push({ socket, from: `${setting}.agent` });
  const own = environment.SSH_AUTH_SOCK ?? "";
  if (own !== "" && own !== socket) places.push({ socket: own, from: "SSH_AUTH_SOCK" });
  const answers: AgentAnswer[] = [];
  for (const place of places) {
    const answer = { ...place, keys: await keysAt(place.socket, environment) };
    answers.push(answer);
    if (answer.keys !== undefined) break;
  }
  return judgeAgents(setting, answers);
}

/** The agent that is used. @param answers in their order; the last may be one that answered. @throws FailedError */
export function judgeAgents(setting: string, answers: readonly AgentAnswer[]): OperatorAgent {
  const there = answers.find(({ keys }) => keys !== undefined);
  if (there?.keys === undefined) {
    const asked = answers.map(({ socket, from }) => `nobody answers at ${socket} (${from})`);
    const why = asked.length === 0 ? "SSH_AUTH_SOCK is not set" : asked.join(", ");
    throw new FailedError(`${setting}.agent: no ssh-agent can be asked: ${why}.`, START);
  }
  const { socket, from, keys } = there;
  if (keys.length > 0) return { socket, keys };
  throw new FailedError(
    `${setting}.agent: the ssh-agent at ${socket} (${from}) has no key, or is locked.`,
    "ssh-add KEYFILE   (locked: ssh-add -X)",
  );
}

/** @throws FailedError where the agent does not have the key that was chosen */
export function judgeAgentKey(setting: string, publicKey: string, keys: readonly string[]): void {
  const wanted = keyOnly(publicKey);
  if (keys.some((key) => keyOnly(key) === wanted)) return;
  throw new FailedError(
    `${setting}.publicKey: the ssh-agent does not hold the key ${fingerprintOf(publicKey)}.`,
    "ssh-add KEYFILE   (what it holds: ssh-add -l)",
  );
}

async function keysAt(socket: string, environment: NodeJS.ProcessEnv): Promise<string[] | undefined> {
  const child = startChild(["ssh-add", "-L"], "ignore", { ...environment, SSH_AUTH_SOCK: socket });
  // One that hangs, such as a forwarded one whose connection is dead, is nobody.
  const { code, stdout } = await endWithin(child, 10, "SIGKILL");
  // 1: it has none
  if (code === 1) return [];
  return code === 0 ? stdout.split("\n").filter((line) => line.trim() !== "") : undefined;
}
