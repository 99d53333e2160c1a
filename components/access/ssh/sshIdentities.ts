import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { judgeAgentKey, operatorAgent } from "./operatorAgent";
import { SshAgent } from "./sshAgent";
import type { SshIdentity } from "./sshConfig";
import type { AgentChoice, SshKeys } from "./sshTarget";

/** What opens the machines and the jump host, as OpenSSH's configuration names it. */
export interface SshIdentities {
  readonly identity: SshIdentity;
  readonly jumpIdentity: SshIdentity;
  /** Ends this process's own agent, where there is one; the operator's lives on. */
  readonly close: () => void;
}

/**
 * Private keys go to an agent of this process's own, and the operator's agent is found. In the directory there are
 * sockets and public halves alone.
 *
 * @param directory that this user alone can enter
 * @throws FailedError when a key, or the operator's agent, cannot be used
 */
export async function openIdentities(directory: string, keys: SshKeys): Promise<SshIdentities> {
  const own = new OwnAgent(join(directory, "agent"));
  const open = async (name: "key" | "jump", { privateKey, agent }: SshKeys): Promise<SshIdentity> => {
    const file = join(directory, `${name}.pub`);
    if (privateKey === undefined) return ofOperator(directory, name, agent ?? {});
    writeFileSync(file, `${await own.add(privateKey)}\n`, { mode: 0o600 });
    return { agent: own.socket, publicKey: file };
  };
  try {
    const { jumpPrivateKey, jumpAgent } = keys;
    const identity = await open("key", keys);
    if (jumpPrivateKey === undefined && jumpAgent === undefined)
      return { identity, jumpIdentity: identity, close: () => own.close() };
    const jumpIdentity = await open("jump", { privateKey: jumpPrivateKey, agent: jumpAgent });
    return { identity, jumpIdentity, close: () => own.close() };
  } catch (cause) {
    own.close();
    throw cause;
  }
}

/** The operator's agent by a link of a short name without odd characters: OpenSSH expands what is in a socket's path. */
async function ofOperator(
  directory: string,
  name: "key" | "jump",
  choice: AgentChoice,
): Promise<SshIdentity> {
  const setting = name === "key" ? "ssh" : "ssh.jump";
  const { socket, keys } = await operatorAgent(setting, choice);
  const agent = join(directory, `operator-${name}`);
  symlinkSync(socket, agent);
  if (choice.publicKey === undefined) return { agent };
  judgeAgentKey(setting, choice.publicKey, keys);
  const publicKey = join(directory, `${name}.pub`);
  writeFileSync(publicKey, `${choice.publicKey.trim()}\n`, { mode: 0o600 });
  return { agent, publicKey };
}

/** Started for the first key that it is given; the same key twice is one. */
class OwnAgent {
  private started: SshAgent | undefined;
  private readonly publicKeys = new Map<string, string>();

  constructor(readonly socket: string) {}

  /** @returns the public half. @throws FailedError */
  async add(privateKey: string): Promise<string> {
    const known = this.publicKeys.get(privateKey);
    if (known !== undefined) return known;
    this.started ??= await SshAgent.start(this.socket);
    // The same key in another form adds nothing to the agent.
    const added = (await this.started.add(privateKey)) || [...this.publicKeys.values()][0] || "";
    this.publicKeys.set(privateKey, added);
    return added;
  }

  close(): void {
    this.started?.close();
  }
}
