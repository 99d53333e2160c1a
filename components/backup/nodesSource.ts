import { etcdOnMachines } from "../nodes/etcdOnMachines";
import { judgeGeneration } from "../nodes/judgements/machines";
import type { MachineFacts } from "../nodes/machineFacts";
import { machineScript } from "../nodes/machineScripts";
import { memberOf } from "../nodes/machineVolumes";
import { sshTo } from "../nodes/nodesAdvice";
import { answerOf, type NodesContext, wordsOf } from "../nodes/nodesContext";
import { kubeconfigOf } from "../nodes/nodesUserApi";
import { contextOf, withMachines } from "../nodes/openNodes";
import { bundleOf, isBundle, partsOf } from "../nodes/pki/bundle";
import { judgeBundle } from "../nodes/pki/judgeBundle";
import { judgeLinks } from "../nodes/pki/judgeMachinePki";
import { configurationOf, encryptionFile, KUBELET_PKI } from "../nodes/pki/pkiPaths";
import { demand } from "../procedure/refusal";
import type { BackupSource } from "./backupSource";
import type { PkiSource } from "./pkiSource";
import { userCluster } from "./userCluster";

const kubeletPaths = [KUBELET_PKI, "/var/lib/kubelet/config.yaml"];

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
  const { cluster, userKubeconfig } = access;
  demand(
    judgeGeneration(facts, profile, {
      operation: "backup",
      cluster,
      profile: access.profile,
      userKubeconfig,
    }),
  );
  const { ca, certificate, key } = profile.etcd;
  const user = userCluster(access.userKubeconfig ?? (() => kubeconfigOf(context)), parts.userAgent);
  return {
    members,
    etcd: etcdOnMachines(context),
    user,
    place: access.cluster,
    look: `${sshTo(access)} sudo crictl ps -a`,
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
  const configuration = configurationOf(profile);
  return {
    bundle(member) {
      const own = facts.find(({ machine }) => machine === member);
      const encryption = own === undefined ? undefined : encryptionFile(profile, own);
      const all = [configuration, ...kubeletPaths, ...(encryption === undefined ? [] : [encryption])];
      return machines.receive(member, machineScript(profile, "pki", ...all));
    },
    unfit: (member, tar) => {
      const bundle = bundleOf(member, tar);
      if (!isBundle(bundle)) return bundle.message;
      const own = facts.find(({ machine }) => machine === member);
      const encryption = own === undefined ? undefined : encryptionFile(profile, own);
      const parts = partsOf(bundle, { configuration, encryption, kubelet: false });
      return (judgeBundle(bundle, profile, new Date()) ?? judgeLinks(bundle, parts))?.message;
    },
    async certificates(member) {
      const directories = [configuration, KUBELET_PKI];
      const words = wordsOf(await answerOf(context, member, "certificates", ...directories));
      const pem = (content = "") => Buffer.from(content, "base64").toString("utf8");
      return new Map(words.map((line) => [line.slice(1, -1).join(" "), pem(line.at(-1))]));
    },
  };
}
