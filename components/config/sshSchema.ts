import { z } from "zod";
import { judgePrivateKey } from "../access/ssh/privateKey";
import type { AgentChoice, SshKeys } from "../access/ssh/sshTarget";

/** The command that shows host keys and writes them into a stack's file. */
export const TRUST = "etcd-recovery machines trust";

/** A name or an address, as ssh takes it; nothing that could be taken for an option. */
export const host = z
  .string()
  .regex(/^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$/, "must be a host name or an address");
const user = z.string().regex(/^[a-z_][-a-z0-9_.]{0,31}$/, "must be a user's name");
const port = z.number().int().min(1).max(65535);
export const hostKey = z
  .string()
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*( .*)?$/,
    "must be the host's public key as ssh-keyscan prints it behind the name, e.g. 'ssh-ed25519 AAAA...'",
  );
/** Before anybody has looked. */
export const unseenHostKey = hostKey.optional();
type HostKey = typeof hostKey | typeof unseenHostKey;

/** How a host is reached. Default: the profile's user, port 22; the jump host as the machines. */
export const account = { user: user.optional(), port: port.optional() };

/** A key's content. No message quotes it. */
const privateKeyAt = (key: string) =>
  z.string().superRefine((text, context) => {
    const wrong = judgePrivateKey(text);
    if (wrong === undefined) return;
    const remedy = `pulumi config set --secret --path ${key} < KEYFILE`;
    context.addIssue({ code: "custom", message: wrong, params: { remedy } });
  });

const AGENT = "must be true, or the absolute path of the agent's socket";

/** The operator's own ssh-agent. */
const byAgent = {
  /** true: the one that SSH_AUTH_SOCK names; or the path of its socket. */
  agent: z.union([z.literal(true), z.string().regex(/^\/\P{Cc}+$/u, AGENT)], AGENT).optional(),
  /** Of its keys only this one. */
  publicKey: z
    .string()
    .regex(
      /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+=*( .*)?$/,
      "must be a public key as ssh-add -L prints it, e.g. 'ssh-ed25519 AAAA...'",
    )
    .optional(),
};

/** What a file says of the way to machines, without private keys. @param key what is said of the jump host's key */
export const namedSsh = <Key extends HostKey>(key: Key) =>
  z.strictObject({
    ...account,
    ...byAgent,
    jump: z.strictObject({ host, hostKey: key, ...account, ...byAgent }).optional(),
  });

/** The same of a stack, with what opens the hosts: `ssh`. */
export const sshSettings = z
  .strictObject({
    ...account,
    ...byAgent,
    privateKey: privateKeyAt("ssh.privateKey").optional(),
    /** The only way to the machines, where there is one. */
    jump: z
      .strictObject({
        ...{ host, hostKey, ...account, ...byAgent },
        privateKey: privateKeyAt("ssh.jump.privateKey").optional(),
      })
      .optional(),
  })
  .superRefine(checkKeys, { when: () => true });

/** What says which keys are used, for one host or several. */
export interface KeySettings {
  readonly privateKey?: string | undefined;
  readonly agent?: true | string | undefined;
  readonly publicKey?: string | undefined;
}

/** The machines have exactly one of both ways; the jump host at most one; a public key chooses among an agent's. */
function checkKeys(ssh: unknown, context: z.RefinementCtx): void {
  if (typeof ssh !== "object" || ssh === null) return;
  const { jump, ...own } = ssh as KeySettings & { readonly jump?: KeySettings };
  const wrong = (path: readonly string[], message: string, remedy: string) =>
    context.addIssue({ code: "custom", path: [...path], message, params: { remedy } });
  const key = (at: string) => `pulumi config set --secret --path ${at}.privateKey < KEYFILE`;
  if (own.privateKey === undefined && own.agent === undefined)
    wrong(
      ["privateKey"],
      "is required, unless the operator's ssh-agent has the key",
      `${key("ssh")}   or: pulumi config set --path ssh.agent true`,
    );
  for (const [at, one] of [
    ["ssh", own],
    ["ssh.jump", jump ?? {}],
  ] as const) {
    const place = at === "ssh" ? [] : ["jump"];
    const both = one.privateKey !== undefined && one.agent !== undefined;
    if (both)
      wrong(
        [...place, "agent"],
        `is one way, and ${at}.privateKey is the other: only one of the two`,
        `pulumi config rm --path ${at}.privateKey   or: pulumi config rm --path ${at}.agent`,
      );
    const agents = one.agent ?? (one.privateKey === undefined ? own.agent : undefined);
    if (one.publicKey !== undefined && agents === undefined)
      wrong(
        [...place, "publicKey"],
        "chooses among an ssh-agent's keys, and none is used here",
        `pulumi config rm --path ${at}.publicKey   or: pulumi config set --path ${at}.agent true`,
      );
  }
}

/** What opens the machines and the jump host, by settings that were checked. */
export function keysOf({ jump = {}, ...own }: KeySettings & { readonly jump?: KeySettings }): SshKeys {
  const { privateKey, agent, publicKey } = own;
  return {
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(agent === undefined ? {} : { agent: agentOf(agent, publicKey) }),
    ...(jump.privateKey === undefined ? {} : { jumpPrivateKey: jump.privateKey }),
    ...jumpAgentOf(jump, agent),
  };
}

function jumpAgentOf({ privateKey, agent, publicKey }: KeySettings, others: KeySettings["agent"]) {
  if (privateKey !== undefined) return {};
  const used = agent ?? (publicKey === undefined ? undefined : others);
  return used === undefined ? {} : { jumpAgent: agentOf(used, publicKey) };
}

const agentOf = (agent: true | string, publicKey: string | undefined): AgentChoice => ({
  ...(agent === true ? {} : { socket: agent }),
  ...(publicKey === undefined ? {} : { publicKey }),
});
