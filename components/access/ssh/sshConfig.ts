import type { SshEndpoint, SshTarget } from "./sshTarget";

/** Where the files of one process's connections lie: a directory that its user alone can enter. */
export interface SshPlaces {
  readonly directory: string;
  /** Socket of the agent that holds the keys. */
  readonly agent: string;
  readonly knownHosts: string;
  /** Public halves, by which the agent's keys are chosen. */
  readonly publicKey: string;
  readonly jumpPublicKey: string;
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
    ...endpoint(aliasOf(n), target, places.publicKey),
    `  ControlPath "${controlSocket(places, n)}"`,
    ...(target.jump === undefined
      ? []
      : [
          `  ProxyJump ${jumpAliasOf(n)}`,
          ...endpoint(jumpAliasOf(n), target.jump, places.jumpPublicKey),
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

function endpoint(alias: string, { host, port, user }: SshEndpoint, publicKey: string): string[] {
  return [
    `Host ${alias}`,
    `  HostName ${host}`,
    `  Port ${port}`,
    `  User ${user}`,
    `  HostKeyAlias ${alias}`,
    `  IdentityFile "${publicKey}"`,
  ];
}

const common = ({ agent, knownHosts: file }: SshPlaces): string[] => [
  "Host *",
  "  BatchMode yes",
  "  StrictHostKeyChecking yes",
  `  UserKnownHostsFile "${file}"`,
  "  GlobalKnownHostsFile /dev/null",
  "  UpdateHostKeys no",
  "  CheckHostIP no",
  "  IdentitiesOnly yes",
  `  IdentityAgent "${agent}"`,
  "  PreferredAuthentications publickey",
  "  ForwardAgent no",
  "  RequestTTY no",
  "  ConnectTimeout 10",
  "  ConnectionAttempts 1",
  "  ServerAliveInterval 5",
  "  ServerAliveCountMax 4",
  "  LogLevel ERROR",
];
