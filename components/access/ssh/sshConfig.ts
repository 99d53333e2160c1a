import type { SshEndpoint, SshTarget } from "./sshTarget";

/** Where the files of one process's connections lie: a directory that its user alone can enter. */
export interface SshPlaces {
  readonly directory: string;
  readonly knownHosts: string;
  /** What opens the machines, and the jump host. */
  readonly identity: SshIdentity;
  readonly jumpIdentity: SshIdentity;
}

/** Which keys of which agent open an account. */
export interface SshIdentity {
  /** Path of the agent's socket. */
  readonly agent: string;
  /** File with a public half: no other key of the agent is tried. Default: every one of its keys. */
  readonly publicKey?: string;
}

/** The name of a machine, and of the way to it, in the configuration. */
export const aliasOf = (n: number): string => `machine-${n}`;
export const jumpAliasOf = (n: number): string => `jump-${n}`;
export const controlSocket = ({ directory }: Pick<SshPlaces, "directory">, n: number): string =>
  `${directory}/c${n}`;

/**
 * OpenSSH's configuration for these machines; nothing of the user's own, or of this computer's, is read beside it.
 * Nobody is asked anything, no other key and no other host key is tried, and what hangs ends.
 */
export function sshConfig(targets: readonly SshTarget[], places: SshPlaces): string {
  const hosts = targets.flatMap((target, n) => [
    ...endpoint(aliasOf(n), target, places.identity),
    `  ControlPath "${controlSocket(places, n)}"`,
    ...(target.jump === undefined
      ? []
      : [
          `  ProxyJump ${jumpAliasOf(n)}`,
          ...endpoint(jumpAliasOf(n), target.jump, places.jumpIdentity),
          "  ControlPath none",
        ]),
  ]);
  return `${[...hosts, ...common(places)].join("\n")}\n`;
}

/** Every alias with the one key that its host must show. */
export function knownHosts(targets: readonly SshTarget[]): string {
  const lines = targets.flatMap((target, n) => [
    `${aliasOf(n)} ${target.hostKey.trim()}`,
    ...(target.jump === undefined ? [] : [`${jumpAliasOf(n)} ${target.jump.hostKey.trim()}`]),
  ]);
  return `${lines.join("\n")}\n`;
}

/** One host of the configuration, without what holds for all. */
export function endpoint(
  alias: string,
  { host, port, user }: Omit<SshEndpoint, "hostKey">,
  { agent, publicKey }: SshIdentity,
): string[] {
  return [
    `Host ${alias}`,
    `  HostName ${host}`,
    `  Port ${port}`,
    `  User ${user}`,
    `  HostKeyAlias ${alias}`,
    `  IdentityAgent "${agent}"`,
    // "none" keeps away from the user's own files; what an agent has is then tried too.
    ...(publicKey === undefined
      ? ["  IdentityFile none", "  IdentitiesOnly no"]
      : [`  IdentityFile "${publicKey}"`, "  IdentitiesOnly yes"]),
  ];
}

/** For every host: nobody is asked anything, nothing is read of the user's own, and what hangs ends. */
export const unattended: readonly string[] = [
  "Host *",
  "  BatchMode yes",
  "  GlobalKnownHostsFile /dev/null",
  "  UpdateHostKeys no",
  "  CheckHostIP no",
  "  ForwardAgent no",
  "  RequestTTY no",
  "  ConnectTimeout 10",
  "  ConnectionAttempts 1",
  "  ServerAliveInterval 5",
  "  ServerAliveCountMax 4",
  "  LogLevel ERROR",
];

const common = ({ knownHosts: file }: SshPlaces): string[] => [
  ...unattended,
  "  PreferredAuthentications publickey",
  "  StrictHostKeyChecking yes",
  `  UserKnownHostsFile "${file}"`,
];
