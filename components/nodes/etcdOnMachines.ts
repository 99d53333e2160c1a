import { strangersIn } from "../procedure/etcdLog";
import type { EtcdClient } from "../procedure/substrate";
import { machineScript } from "./machineScripts";
import { memberOf } from "./machineVolumes";
import { answerOf, type NodesContext } from "./nodesContext";

/** How long a call may take beyond what etcdctl itself is given. */
const MARGIN_SECONDS = 15;
const LOG_BYTES = 16 * 1024 * 1024;
/** etcd's own, where nothing is configured. */
const DEFAULT_QUOTA = 2_147_483_648n;

/** etcdctl on the members' machines, with the machine's own certificates. */
export function etcdOnMachines(context: Pick<NodesContext, "machines" | "profile" | "members">): EtcdClient {
  const { machines, profile, members } = context;
  const { ca, certificate, key } = profile.etcd;

  function endpointsOf(member: string, endpoints: "own" | "all" | readonly string[]): string {
    if (endpoints === "own") return memberOf(context, member).ownUrl;
    return (endpoints === "all" ? members.map(({ clientUrl }) => clientUrl) : endpoints).join(",");
  }

  return {
    async run(member, argv, { endpoints = "own", seconds = 5 } = {}) {
      const access = [
        `--endpoints=${endpointsOf(member, endpoints)}`,
        `--cacert=${ca}`,
        `--cert=${certificate}`,
        `--key=${key}`,
        `--command-timeout=${seconds}s`,
      ];
      const { container } = memberOf(context, member);
      const longest = String(seconds + MARGIN_SECONDS - 5);
      const script = machineScript(profile, "etcdctl", longest, container, ...access, ...argv);
      try {
        return await machines.run(member, script, seconds + MARGIN_SECONDS);
      } catch (cause) {
        return { code: -1, stdout: "", stderr: (cause as Error).message };
      }
    },
    async strangers(member) {
      const { container } = memberOf(context, member);
      try {
        return strangersIn(
          await answerOf(context, member, "log", container, String(LOG_BYTES), "cluster ID mismatch"),
        );
      } catch {
        return [];
      }
    },
    configuredQuota: async () => members.find(({ quota }) => quota !== undefined)?.quota ?? DEFAULT_QUOTA,
  };
}
