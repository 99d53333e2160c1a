import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { admitSnapshot } from "../admission/admission";
import { readEtcdutl } from "../admission/etcdutlFile";
import { checkArguments } from "../config/argumentsCheck";
import type { NodesRestoreConfig } from "../config/configSchema";
import type { Values } from "../hosted/decided";
import { decideNodes } from "../nodes/decideNodes";
import { accessOf } from "../nodes/nodesAccess";
import type { NodesGraphArgs } from "../nodes/nodesGraph";
import { openNodes } from "../nodes/openNodes";
import { adviseOn } from "../preview/advise";
import type { RestoreChanges } from "../preview/restoreChanges";
import { nodesProfiles } from "../profiles/profiles";
import { announced, overridesOf } from "./decideRestore";
import type { NodesRestoreArgs } from "./nodesRestoreArgs";
import { requestOf } from "./restorePlan";

/** What is known before the first step of a restore on machines. */
export interface DecidedNodesRestore {
  readonly plan: NodesGraphArgs;
  readonly changes: RestoreChanges;
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
  const { name, ...cluster } = named;
  const keys = { operation: "restore", cluster: name, ...cluster, restore };
  const config = checkArguments(component, keys) as NodesRestoreConfig;
  const decided = decideNodes(config);
  const { id, snapshot, clusterUid, reason, etcdutl } = config.restore;
  const overrides = overridesOf(config);
  const { warnings, newest, ...admitted } = await admitSnapshot(resolve(snapshot), {
    cluster: { name, role: nodesProfiles[decided.profile].role },
    overrides,
    ...(clusterUid === undefined ? {} : { clusterUid }),
  });
  for (const warning of warnings) void pulumi.log.warn(`restore.snapshot: ${warning}`);
  const request = requestOf({
    ...admitted,
    overrides,
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(reason === undefined ? {} : { reason }),
    ...(etcdutl === undefined ? {} : { etcdutl: await readEtcdutl(resolve(etcdutl)) }),
  });
  const open = async () => openNodes({ substrate: accessOf(decided) }, "preview", () => undefined);
  const compared = {
    id,
    snapshot: admitted.snapshot.path,
    allowUnhashed: overrides.allowUnhashed === true,
    open: async () => {
      const { members, etcd, ledger, close } = await open();
      return { members: members.map((member) => member.name), etcd, ledger, close };
    },
    ...(newest === undefined ? {} : { newestBackup: newest }),
  };
  const [changes] = await Promise.all([
    announced(compared),
    adviseOn({ operation: "restore", id, request, open }),
  ]);
  return { plan: { id, cluster: decided, request }, changes };
}
