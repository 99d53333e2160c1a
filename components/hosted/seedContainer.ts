import type { Seed } from "../procedure/memberRepair";
import { errorOf, failed } from "../procedure/refusal";
import type { HostedContext } from "./hostedContext";
import type { ContainerStatus, KubePod } from "./kubePod";

/** What is read of the member's own Pod. */
export interface RepairPod extends KubePod {
  readonly spec: {
    readonly containers?: readonly EtcdContainer[];
    readonly ephemeralContainers?: readonly { readonly name: string; readonly [field: string]: unknown }[];
    readonly [field: string]: unknown;
  };
  readonly status?: KubePod["status"] & {
    readonly podIP?: string;
    readonly ephemeralContainerStatuses?: readonly (ContainerStatus & { readonly name: string })[];
  };
}

interface EtcdContainer {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly object[];
  readonly securityContext?: object;
}

/** A container cannot be taken out of its Pod again: each try has its own. */
export const seedName = (): string => `etcd-recovery-seed-${Math.floor(Date.now() / 1000)}`;

/** The ephemeral container that makes a member's log. Argv only: the image may have no shell. */
export function seedContainer(
  { names, members, namespace }: Pick<HostedContext, "names" | "members" | "namespace">,
  pod: RepairPod,
  member: string,
  seed: Seed,
  name: string,
): object {
  const { etcd } = names.profile;
  const own = pod.spec.containers?.find((container) => container.name === etcd.container);
  const clientUrl = members.find((one) => one.name === member)?.clientUrl;
  if (own === undefined || clientUrl === undefined) {
    throw errorOf(
      failed(
        "seed-no-container",
        `${member}: its Pod has no container ${etcd.container}`,
        `Look: kubectl --namespace ${namespace} describe pod ${member}`,
      ),
    );
  }
  const { image, imagePullPolicy, volumeMounts, securityContext } = own;
  return {
    name,
    image,
    imagePullPolicy,
    command: [programOf(own), ...seedArguments(etcd, own, member, clientUrl, seed)],
    volumeMounts,
    ...(securityContext === undefined ? {} : { securityContext }),
  };
}

/** The image's etcd as the container names it; a shell in front of it is not taken over. */
function programOf({ command = [] }: EtcdContainer): string {
  const [first = ""] = command;
  return first === "etcd" || first.endsWith("/etcd") ? first : "etcd";
}

/**
 * It listens nowhere but on loopback, where nobody knows the port, and needs no more than to call the others; no quota of
 * its own may raise an alarm, and no snapshot of its own may make its log incomplete.
 */
function seedArguments(
  etcd: HostedContext["names"]["profile"]["etcd"],
  own: EtcdContainer,
  member: string,
  clientUrl: string,
  seed: Seed,
): readonly string[] {
  const words = wordsOf(own);
  const peer = (flag: string, variable: string, fallback: string) =>
    `--${flag}=${said(words, flag, variable) ?? fallback}`;
  return [
    `--name=${member}`,
    `--data-dir=${etcd.dataDirectory}/${seed.directory}`,
    "--initial-cluster-state=existing",
    `--initial-cluster=${seed.initialCluster}`,
    `--initial-advertise-peer-urls=${seed.peerUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    "--listen-peer-urls=https://127.0.0.1:0",
    "--listen-client-urls=https://127.0.0.1:0",
    `--trusted-ca-file=${etcd.ca}`,
    `--cert-file=${etcd.certificate}`,
    `--key-file=${etcd.key}`,
    "--client-cert-auth",
    peer("peer-trusted-ca-file", "ETCD_PEER_TRUSTED_CA_FILE", etcd.ca),
    peer("peer-cert-file", "ETCD_PEER_CERT_FILE", etcd.certificate),
    peer("peer-key-file", "ETCD_PEER_KEY_FILE", etcd.key),
    "--peer-client-cert-auth",
    "--quota-backend-bytes=-1",
    "--snapshot-count=1000000000",
  ];
}

/** Words of the command line, of a shell's text in it, and of the environment ("NAME=VALUE"). */
function wordsOf({ command = [], args = [], env = [] }: EtcdContainer): readonly string[] {
  const variables = env.map(({ name, value = "" }) => `${name}=${value}`);
  return [...command, ...args, ...variables]
    .join(" ")
    .split(/[\s"']+/)
    .filter((word) => word !== "");
}

/** What is said of a file, as `--flag=PATH`, as `VARIABLE=PATH`, or as `--flag PATH`. */
function said(words: readonly string[], flag: string, variable: string): string | undefined {
  const joined = words.find((word) => word.startsWith(`--${flag}=`) || word.startsWith(`${variable}=`));
  const value = joined?.slice(joined.indexOf("=") + 1) ?? words[words.indexOf(`--${flag}`) + 1];
  const stated = joined !== undefined || words.includes(`--${flag}`);
  return stated && value !== "" ? value : undefined;
}
