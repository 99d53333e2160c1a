import { type ContainerCommand, flagOf } from "./containerFlags";
import type { Seed } from "./memberRepair";

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
export function seedCommand(own: ContainerCommand, member: SeededMember, seed: Seed): readonly string[] {
  const { ca, certificate, key } = member;
  const peer = (flag: string, fallback: string) => `--${flag}=${flagOf(own, flag) ?? fallback}`;
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
 * What the member's etcd reads of its environment beside its flags, whose words may name it, as in $(POD_NAME). Its flags'
 * own variables are left out: they are the member's, not the seed's, and etcd ends where a flag gives the same.
 */
export function seedEnvironment({ env = [] }: ContainerCommand): Pick<ContainerCommand, "env"> {
  const kept = env.filter(({ name }) => !name.startsWith("ETCD_") || name === "ETCD_UNSUPPORTED_ARCH");
  return kept.length === 0 ? {} : { env: kept };
}

/** The image's etcd as the container names it; a shell in front of it is not taken over. */
function programOf({ command = [] }: ContainerCommand): string {
  const [first = ""] = command;
  return first === "etcd" || first.endsWith("/etcd") ? first : "etcd";
}
