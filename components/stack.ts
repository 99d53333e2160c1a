import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { checkKubeconfig } from "./access/kubeconfig/kubeconfig";
import { type AdmissionArgs, type AdmittedSnapshot, admitSnapshot } from "./admission/admission";
import { readEtcdutl } from "./admission/etcdutlFile";
import type { Overrides } from "./admission/overrides";
import { HostedBackup } from "./backup/hostedBackup";
import type { BackupConfig, RestoreConfig, StackConfig } from "./config/configSchema";
import type { HostedCluster } from "./hosted/hostedCluster";
import type { HostedGraphArgs } from "./hosted/hostedGraph";
import { describeChanges } from "./preview/changesText";
import { preflightAdvice } from "./preview/preflightAdvice";
import { type RestoreChanges, restoreChanges } from "./preview/restoreChanges";
import { hostedProfiles, type ProfileOverrides, withOverrides } from "./profiles/profiles";
import { MemberRepair } from "./repair/memberRepair";
import { planMemberRepair } from "./repair/repairPlan";
import { FinalizeRestore, planFinalize } from "./restore/finalizeRestore";
import { HostedRestore } from "./restore/hostedRestore";
import { planHostedRestore } from "./restore/restorePlan";
import { checkStoreDirectory } from "./store/storeDirectory";

/** The components of one stack, and what it tells its users: one operation, as its configuration says. */
export async function declareStack(config: StackConfig): Promise<Record<string, pulumi.Input<unknown>>> {
  const cluster = clusterOf(config);
  checkAccess(cluster, config);
  return config.operation === "restore" ? declareRestore(config, cluster) : declareBackup(config, cluster);
}

async function declareRestore(config: RestoreConfig, cluster: HostedCluster) {
  const { id, snapshot, rollback, finalize, repair, reason } = config.restore;
  const operation = { cluster, id, utilityImage: config.utilityImage };
  if (finalize !== undefined) {
    const args = { ...operation, finalize };
    await advise(planFinalize(args));
    return { report: new FinalizeRestore("finalize", args).report };
  }
  if (repair !== undefined) {
    const args = { ...operation, member: repair, ...(reason === undefined ? {} : { reason }) };
    await advise(planMemberRepair(args));
    return { report: new MemberRepair("repair", args).report };
  }
  const { clusterUid, etcdutl, replicas } = config.restore;
  const args = {
    ...operation,
    overrides: overridesOf(config),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(reason === undefined ? {} : { reason }),
    ...(etcdutl === undefined ? {} : { etcdutl: await readEtcdutl(resolve(etcdutl)) }),
    ...(replicas === undefined ? {} : { replicas }),
  };
  if (rollback !== undefined) {
    const back = { ...args, rollback };
    await advise(planHostedRestore(back));
    return { report: new HostedRestore("restore", back).report };
  }
  const { warnings, newest, ...admitted } = await admitSnapshot(resolve(snapshot ?? ""), args);
  for (const warning of warnings) void pulumi.log.warn(`restore.snapshot: ${warning}`);
  const restore = { ...args, ...admitted };
  const [restorePlan] = await Promise.all([
    announced(id, args, { ...admitted, newest }),
    advise(planHostedRestore(restore)),
  ]);
  return { restorePlan, report: new HostedRestore("restore", restore).report };
}

/** What `pulumi up` would refuse, said in the preview already; there it is advice, since time may change it. */
async function advise(plan: HostedGraphArgs): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const { refusals, notes } = await preflightAdvice(plan);
  for (const { message, remedy } of refusals)
    void pulumi.log.warn(
      `pulumi up would stop here: ${message}${remedy === undefined ? "" : `\n  ${remedy}`}`,
    );
  for (const note of notes) void pulumi.log.info(note);
}

/** What the restore will do to the cluster's objects, said before anybody is asked for a yes. */
async function announced(
  id: string,
  { cluster, overrides }: AdmissionArgs,
  { snapshot, newest }: Pick<AdmittedSnapshot, "snapshot" | "newest">,
): Promise<RestoreChanges> {
  const changes = await restoreChanges({
    id,
    cluster,
    snapshot: snapshot.path,
    allowUnhashed: overrides.allowUnhashed === true,
    ...(newest === undefined ? {} : { newestBackup: newest }),
  });
  void pulumi.log.info(describeChanges(changes));
  return changes;
}

async function declareBackup(config: BackupConfig, cluster: HostedCluster) {
  const directory = resolve(config.backup.directory);
  for (const warning of await checkStoreDirectory(directory)) void pulumi.log.warn(warning);
  const backup = new HostedBackup("backup", {
    cluster,
    profileName: config.profile,
    generation: config.backup.generation,
    directory,
  });
  return { snapshot: backup.snapshot, manifest: backup.manifest, revision: backup.revision };
}

/** Before anything is asked of a cluster: a wrong kubeconfig has a better sentence than kubectl's. */
function checkAccess(cluster: HostedCluster, { allowInsecure = [] }: StackConfig): void {
  const { adminKubeconfig, adminContext, userKubeconfig } = cluster;
  checkKubeconfig({
    path: adminKubeconfig,
    key: "adminKubeconfig",
    allowInsecure,
    ...(adminContext === undefined ? {} : { context: adminContext }),
  });
  if (userKubeconfig !== undefined)
    checkKubeconfig({ path: userKubeconfig, key: "userKubeconfig", allowInsecure });
}

function overridesOf({ restore, allowInsecure }: RestoreConfig): Overrides {
  const { allowVersion, allowEncryption, allowRole, allowUnhashed } = restore;
  const all = { allowVersion, allowEncryption, allowRole, allowUnhashed, allowInsecure };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Paths are made absolute here: steps run in a plugin's process, whose directory is not the reader's. */
function clusterOf(config: StackConfig): HostedCluster {
  const { userKubeconfig, adminContext } = config;
  return {
    name: config.cluster,
    namespace: config.namespace ?? config.cluster,
    members: config.members,
    profile: withOverrides(hostedProfiles[config.profile], config.overrides as ProfileOverrides | undefined),
    adminKubeconfig: resolve(config.adminKubeconfig),
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig: resolve(userKubeconfig) }),
  };
}
