import type { Seed } from "./memberRepair";

/** How a member's own etcd is started, as a container says it. */
export interface EtcdCommand {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** A member as its seed takes it on. Paths are the container's. */
export interface SeededMember {
  readonly name: string;
  readonly clientUrl: string;
  /** In it lies the seed's directory. */
  readonly dataDirectory: string;
  /** The server's; also the peers' where the member's own command says no others. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * It listens nowhere but on loopback, where nobody knows the port, and needs no more than to call the others; no quota of
 * its own may raise an alarm, and no snapshot of its own may make its log incomplete.
 */
export function seedCommand(own: EtcdCommand, member: SeededMember, seed: Seed): readonly string[] {
  const { ca, certificate, key } = member;
  const peer = (flag: string, fallback: string) => `--${flag}=${said(own, flag) ?? fallback}`;
  return [
    programOf(own),
    `--name=${member.name}`,
    `--data-dir=${member.dataDirectory}/${seed.directory}`,
    "--initial-cluster-state=existing",
    `--initial-cluster=${seed.initialCluster}`,
    `--initial-advertise-peer-urls=${seed.peerUrl}`,
    `--advertise-client-urls=${member.clientUrl}`,
    "--listen-peer-urls=https://127.0.0.1:0",
    "--listen-client-urls=https://127.0.0.1:0",
    `--trusted-ca-file=${ca}`,
    `--cert-file=${certificate}`,
    `--key-file=${key}`,
    "--client-cert-auth",
    peer("peer-trusted-ca-file", ca),
    peer("peer-cert-file", certificate),
    peer("peer-key-file", key),
    "--peer-client-cert-auth",
    "--quota-backend-bytes=-1",
    "--snapshot-count=1000000000",
  ];
}

/**
 * What a command says of a file, as `--flag=PATH`, as `ETCD_FLAG=PATH`, or as `--flag PATH`: in a word of its own, in a
 * shell's text, or in the environment. Undefined where it says nothing.
 */
export function said(own: EtcdCommand, flag: string): string | undefined {
  const words = wordsOf(own);
  const variable = variableOf(flag);
  const joined = words.find((word) => word.startsWith(`--${flag}=`) || word.startsWith(`${variable}=`));
  const value = joined?.slice(joined.indexOf("=") + 1) ?? words[words.indexOf(`--${flag}`) + 1];
  const stated = joined !== undefined || words.includes(`--${flag}`);
  return stated && value !== "" ? value : undefined;
}

/** By which etcd takes a flag from its environment. */
export const variableOf = (flag: string): string => `ETCD_${flag.replaceAll("-", "_").toUpperCase()}`;

/** The image's etcd as the container names it; a shell in front of it is not taken over. */
function programOf({ command = [] }: EtcdCommand): string {
  const [first = ""] = command;
  return first === "etcd" || first.endsWith("/etcd") ? first : "etcd";
}

function wordsOf({ command = [], args = [], env = [] }: EtcdCommand): readonly string[] {
  const variables = env.map(({ name, value = "" }) => `${name}=${value}`);
  return [...command, ...args, ...variables]
    .join(" ")
    .split(/[\s"']+/)
    .filter((word) => word !== "");
}
