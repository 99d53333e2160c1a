import { strangersIn } from "../procedure/etcdLog";
import type { EtcdClient } from "../procedure/substrate";
import type { HostedContext } from "./hostedContext";
import { collections } from "./kubePod";

/** Bytes of a member's log that are looked at. */
const LOG_BYTES = 16 * 1024 * 1024;
/** How long a call may take beyond what etcdctl itself is given. */
const MARGIN_SECONDS = 15;
/** etcd's own, where nothing is configured. */
const DEFAULT_QUOTA = 2_147_483_648n;

/** What this room's EtcdClient needs of the context. */
export type EtcdPods = Pick<HostedContext, "client" | "namespace" | "names" | "members">;

/** etcdctl in the members' own Pods: argv only, since the image may have no shell. */
export function etcdInPods({ client, namespace, names, members }: EtcdPods): EtcdClient {
  const { etcd } = names.profile;
  const pod = (member: string) => `${collections.pods(namespace)}/${member}`;

  function endpointsOf(endpoints: "own" | "all" | readonly string[]): string {
    if (endpoints === "own") return `https://127.0.0.1:${etcd.clientPort}`;
    return (endpoints === "all" ? members.map(({ clientUrl }) => clientUrl) : endpoints).join(",");
  }

  return {
    async run(member, argv, { endpoints = "own", seconds = 5 } = {}) {
      const access = [
        `--endpoints=${endpointsOf(endpoints)}`,
        `--cacert=${etcd.ca}`,
        `--cert=${etcd.certificate}`,
        `--key=${etcd.key}`,
        `--command-timeout=${seconds}s`,
      ];
      try {
        return await client.exec({
          namespace,
          pod: member,
          container: etcd.container,
          command: ["etcdctl", ...access, ...argv],
          seconds: seconds + MARGIN_SECONDS,
        });
      } catch (cause) {
        return { code: -1, stdout: "", stderr: (cause as Error).message };
      }
    },

    async strangers(member) {
      const query = { container: etcd.container, limitBytes: LOG_BYTES };
      try {
        const log = await client.text(`${pod(member)}/log`, { query, limitBytes: LOG_BYTES, seconds: 60 });
        return strangersIn(log);
      } catch {
        return [];
      }
    },

    async configuredQuota() {
      const path = `${collections.statefulSets(namespace)}/${etcd.statefulSet}`;
      return quotaIn(await client.get<EtcdWorkload>(path)) ?? DEFAULT_QUOTA;
    },
  };
}

interface EtcdWorkload {
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly EtcdContainer[] } };
  };
}

interface EtcdContainer {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** The flag, or the variable, of the workload's containers; the flag may be within a shell's command line. */
function quotaIn({ spec }: EtcdWorkload): bigint | undefined {
  for (const { command = [], args = [], env = [] } of spec?.template?.spec?.containers ?? []) {
    const [, flag] = /quota-backend-bytes[=\s"']*(\d+)/.exec([...command, ...args].join("\n")) ?? [];
    const variable = env.find(({ name }) => name === "ETCD_QUOTA_BACKEND_BYTES")?.value;
    const quota = flag ?? variable;
    // 0 and less mean the default.
    if (quota !== undefined && /^\d+$/.test(quota) && BigInt(quota) > 0n) return BigInt(quota);
  }
  return undefined;
}
