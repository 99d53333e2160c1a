import { dirname, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readEtcdutl } from "../admission/etcdutlFile";
import type { Values } from "../decided";
import { decideNodes, nodesConfig } from "../nodes/decideNodes";
import { accessOf } from "../nodes/nodesAccess";
import type { NodesCluster } from "../nodes/nodesCluster";
import type { NodesGraphArgs } from "../nodes/nodesGraph";
import { openForQuestions } from "../nodes/openForQuestions";
import { livePkiNotes } from "../nodes/pki/livePki";
import { adviseOn } from "../preview/advise";
import type { RestoreChanges } from "../preview/restoreChanges";
import { type NodesProfileName, nodesProfiles } from "../profiles/profiles";
import { admittedFrom, announced, overridesOf } from "./admittedRestore";
import { withLocalSnapshot } from "./localSnapshot";
import type { NodesRestoreArgs } from "./nodesRestoreArgs";
import { certificatesBeside, readPkiBackup } from "./pkiBackup";
import { requestOf } from "./restorePlan";
import type { WishedRestore } from "./wishedSnapshot";

/** What is known before the first step of a restore on machines. */
export interface DecidedNodesRestore {
  readonly plan: NodesGraphArgs;
  /** What it does to the cluster's objects; undefined of a roll-back, whose data nobody has read. */
  readonly changes: RestoreChanges | undefined;
}

/**
 * Everything that is asked before a restore makes anything: its arguments, the key, the snapshot and whose it is, and, for
 * a preview, what `pulumi up` would refuse.
 *
 * @throws UserError
 */
export async function decideNodesRestore(
  component: string,
  args: Values<NodesRestoreArgs>,
): Promise<DecidedNodesRestore> {
  const { cluster: named, ...restore } = args;
  const config = nodesConfig(component, named, restore);
  const cluster = decideNodes(config);
  const { id, snapshot, rollback, clusterUid, reason, etcdutl, pki, identityFile } = config.restore;
  const overrides = overridesOf(config);
  const quarantine = quarantineWished({ cluster, quarantine: config.restore.quarantine });
  const common = {
    overrides,
    ...(quarantine.length === 0 ? {} : { quarantine }),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(reason === undefined ? {} : { reason }),
    ...(etcdutl === undefined ? {} : { etcdutl: await readEtcdutl(resolve(etcdutl)) }),
  };
  if (rollback !== undefined) {
    const keys = pki === undefined ? {} : { previousPki: true };
    const request = { ...requestOf({ ...common, rollback }), ...keys };
    await adviseOn({
      operation: "rollback",
      id,
      request,
      open: () => openForQuestions(cluster, { request }),
    });
    return { plan: { id, cluster, request }, changes: undefined };
  }
  const target = { name: cluster.name, role: nodesProfiles[cluster.profile].role };
  return withLocalSnapshot({ id, snapshot: snapshot ?? "", identityFile }, async (local) => {
    const admitted = await admittedFrom(local, { ...common, cluster: target });
    const { kubeSystemUid } = admitted.of.snapshot;
    const keys =
      pki === undefined
        ? {}
        : { pki: await pkiOf(cluster, resolve(pki.from ?? dirname(local.path)), kubeSystemUid) };
    const request = { ...requestOf({ ...common, ...admitted.of }), ...keys };
    const identity = pki?.identity === undefined ? {} : { pkiIdentity: pki.identity };
    const open = async () => {
      const { members, etcd, ledger, close } = await openForQuestions(cluster);
      return { members: members.map((member) => member.name), etcd, ledger, close };
    };
    const asked = { request, ...identity };
    const [changes] = await Promise.all([
      announced({ id, open, ...admitted }, local),
      adviseOn({ operation: "restore", id, request, open: () => openForQuestions(cluster, asked) }),
      pki === undefined ? noteLivePki(cluster, local.path) : undefined,
    ]);
    return { plan: { id, cluster, request, ...identity }, changes };
  });
}

/** @param from directory of the backup that has the machines' keys */
const pkiOf = ({ name, machines }: NodesCluster, from: string, kubeSystemUid: string | undefined) =>
  readPkiBackup(from, { cluster: name, members: machines.map((machine) => machine.name), kubeSystemUid });

/** What `latest` and `before:…` are chosen for. @throws UserError */
export function wishedNodesRestore(component: string, args: Values<NodesRestoreArgs>): WishedRestore {
  const { cluster: named, ...restore } = args;
  const config = nodesConfig(component, named, restore);
  const cluster = decideNodes(config);
  const { id, snapshot, store } = config.restore;
  return { cluster: cluster.name, id, snapshot, store, openLedger: () => openForQuestions(cluster) };
}

/** What is put under quarantine: what is given, else what the profile names. */
export function quarantineWished({
  cluster: { profile },
  quarantine,
}: {
  readonly cluster: { readonly profile: string };
  readonly quarantine?: readonly string[] | undefined;
}): readonly string[] {
  // A profile that is none is refused when the arguments are checked.
  return quarantine ?? nodesProfiles[profile as NodesProfileName]?.quarantine ?? [];
}

/** Says in a preview where the machines' certificates are not those that the snapshot's backup names. */
async function noteLivePki(cluster: NodesCluster, snapshot: string): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const known = await certificatesBeside(snapshot);
  if (known.length === 0) return;
  // What cannot be asked is said by what asks more.
  const notes = await livePkiNotes(accessOf(cluster), known).catch((): readonly string[] => []);
  for (const note of notes)
    void pulumi.log.warn(
      `${note}\n  They stay as they are. To bring back the backup's: pulumi config set --secret --path restore.pki.identity < KEYFILE`,
    );
}
