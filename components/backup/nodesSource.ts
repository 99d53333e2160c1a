import { etcdOnMachines } from "../nodes/etcdOnMachines";
import type { MachineFacts } from "../nodes/machineFacts";
import { machineScript } from "../nodes/machineScripts";
import { memberOf } from "../nodes/machineVolumes";
import { answerOf, type NodesContext, wordsOf } from "../nodes/nodesContext";
import { kubeconfigOf } from "../nodes/nodesUserApi";
import { contextOf, withMachines } from "../nodes/openNodes";
import { parseStaticPod } from "../nodes/staticPod";
import type { BackupSource } from "./backupSource";
import type { PkiSource } from "./pkiSource";
import { userCluster } from "./userCluster";

/** The kubelet's own certificates and configuration; its client's key is in the first. */
const kubeletPaths = ["/var/lib/kubelet/pki", "/var/lib/kubelet/config.yaml"];

/**
 * A control plane on machines as the source of a backup.
 *
 * @param substrate of the step's arguments. @param step for the cluster's audit log
 * @throws UserError when a machine is none of a control plane; SshError
 */
export function openNodesSource(substrate: unknown, step: string): Promise<BackupSource> {
  const args = { substrate: substrate as { kind: string } };
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  return withMachines(args, step, say, (parts, facts, close) => sourceOf(parts, facts, close));
}

/** The same over machines that have said what they are. */
export function sourceOf(
  parts: Omit<NodesContext, "members">,
  facts: readonly MachineFacts[],
  closeMachines: () => void,
): BackupSource {
  const { context } = contextOf(parts, facts);
  const { machines, access, profile, members } = context;
  const { ca, certificate, key } = profile.etcd;
  const user = userCluster(access.userKubeconfig ?? (() => kubeconfigOf(context)), parts.userAgent);
  return {
    members,
    etcd: etcdOnMachines(context),
    user,
    place: access.cluster,
    look: `ssh ${access.machines[0]?.host}, there: crictl ps -a`,
    saved(member, seconds) {
      const { container, dataDirectory, dataInside, ownUrl } = memberOf(context, member);
      const tls = [`--cacert=${ca}`, `--cert=${certificate}`, `--key=${key}`];
      const own = [String(seconds), container, dataDirectory, dataInside];
      const etcdctl = [`--endpoints=${ownUrl}`, ...tls, `--command-timeout=${seconds}s`];
      return machines.receive(member, machineScript(profile, "save-snapshot", ...own, ...etcdctl));
    },
    pki: pkiOf(context, facts),
    read: () => {
      throw new TypeError("a machine's snapshot comes as it is saved");
    },
    remove: async () => undefined,
    close() {
      user.close();
      closeMachines();
    },
  };
}

function pkiOf(context: NodesContext, facts: readonly MachineFacts[]): PkiSource {
  const { machines, profile } = context;
  const configuration = profile.manifests.replace(/\/[^/]+\/?$/, "");
  return {
    bundle(member) {
      const all = [configuration, ...kubeletPaths, ...encryptionOf(profile, facts, member)];
      return machines.receive(member, machineScript(profile, "pki", ...all));
    },
    async certificates(member) {
      const directories = [configuration, "/var/lib/kubelet/pki"];
      const words = wordsOf(await answerOf(context, member, "certificates", ...directories));
      const pem = (content = "") => Buffer.from(content, "base64").toString("utf8");
      return new Map(words.map((line) => [line.slice(1, -1).join(" "), pem(line.at(-1))]));
    },
  };
}

/** Where the API server's configuration of encryption at rest lies; it may be anywhere on the machine. */
function encryptionOf(
  { apiServer }: NodesContext["profile"],
  facts: readonly MachineFacts[],
  member: string,
): readonly string[] {
  const manifest = facts.find(({ machine }) => machine === member)?.manifests.get(apiServer.manifest);
  const pod = parseStaticPod(manifest ?? "");
  const path = pod?.flag("encryption-provider-config");
  const onMachine = path === undefined ? undefined : pod?.hostPath(path);
  return onMachine === undefined ? [] : [onMachine];
}
