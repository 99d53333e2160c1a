import { isAbsolute } from "node:path";
import { z } from "zod";
import { BY_STDIN } from "../access/kubeconfig/kubeconfigText";
import type { SshTarget } from "../access/ssh/sshTarget";
import { errorOf, failed } from "../procedure/refusal";
import { type NodesProfileName, nodesProfiles } from "../profiles/profiles";
import type { NodesCluster } from "./nodesCluster";

const endpoint = {
  host: z.string().min(1),
  port: z.number().int(),
  user: z.string().min(1),
  hostKey: z.string().min(1),
};
const agent = z.object({ socket: z.string().optional(), publicKey: z.string().optional() });
const profileNames = Object.keys(nodesProfiles) as [NodesProfileName, ...NodesProfileName[]];

/**
 * How a step reaches the machines. In its arguments the keys are {@link BY_STDIN}; it reads them from standard input. The
 * operator's ssh-agent is found anew by each step: without a chosen socket nothing of it is written down.
 */
const nodesAccessSchema = z
  .object({
    kind: z.literal("nodes"),
    /** The cluster's name. */
    cluster: z.string(),
    profile: z.enum(profileNames),
    machines: z.array(z.object({ name: z.string().min(1), ...endpoint })).min(1),
    /** Of the cluster's, away for good: an undo goes without them. */
    absent: z.array(z.object({ name: z.string().min(1), ...endpoint })).optional(),
    jump: z.object(endpoint).optional(),
    privateKey: z.string().optional(),
    agent: agent.optional(),
    jumpPrivateKey: z.string().optional(),
    jumpAgent: agent.optional(),
    /** age's secret key that opens bundles of keys; only for steps that are told of these. */
    pkiIdentity: z.string().optional(),
    userKubeconfig: z.string().refine(isAbsolute, "must be an absolute path").optional(),
  })
  .refine(
    ({ privateKey, agent }) => (privateKey === undefined) !== (agent === undefined),
    "privateKey or agent",
  );
export type NodesAccess = z.infer<typeof nodesAccessSchema>;

/** What a step's arguments say about the substrate. @throws UserError when they are not of this one */
export function parseNodesAccess(substrate: unknown): NodesAccess {
  const parsed = nodesAccessSchema.safeParse(substrate);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".") || issue.message))];
  throw errorOf(
    failed(
      "arguments-invalid",
      `ETCD_RECOVERY_ARGUMENTS: its substrate is none that this program wrote: ${fields.join(", ")}.`,
      "Steps are run by the stack: pulumi up",
    ),
  );
}

/** How this process reaches the machines of a declared cluster. */
export function accessOf(cluster: NodesCluster): NodesAccess {
  const { name, profile, machines, jump, keys, userKubeconfig } = cluster;
  return {
    ...{ kind: "nodes", cluster: name, profile, machines: [...machines] },
    ...(jump === undefined ? {} : { jump }),
    ...keys,
    ...(userKubeconfig === undefined ? {} : { userKubeconfig }),
  };
}

/** The same for a step, without the keys. */
export function stepAccessOf(cluster: NodesCluster): NodesAccess {
  const { privateKey, jumpPrivateKey, ...access } = accessOf(cluster);
  return {
    ...access,
    ...(privateKey === undefined ? {} : { privateKey: BY_STDIN }),
    ...(jumpPrivateKey === undefined ? {} : { jumpPrivateKey: BY_STDIN }),
  };
}

/** What steps read from standard input, in JSON. Secret. @param pkiIdentity for those that open bundles of keys */
export function secretText(
  { keys: { privateKey, jumpPrivateKey } }: NodesCluster,
  pkiIdentity?: string,
): string {
  return JSON.stringify({
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(jumpPrivateKey === undefined ? {} : { jumpPrivateKey }),
    ...(pkiIdentity === undefined ? {} : { pkiIdentity }),
  });
}

/** The machines as SSH reaches them. */
export function targetsOf({ machines, absent = [], jump, ...keys }: NodesAccess): readonly SshTarget[] {
  const { agent, jumpPrivateKey, jumpAgent } = keys;
  const jumpHasKey = jumpPrivateKey !== undefined;
  const byAgent = agent !== undefined;
  const jumpByAgent = jumpAgent !== undefined || (byAgent && !jumpHasKey);
  return [...machines, ...absent].map((machine) => ({ ...machine, jump, jumpHasKey, byAgent, jumpByAgent }));
}
