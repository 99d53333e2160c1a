import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AgentIdentity } from "./agentPod";
import type { AgentTask } from "./agentTask";
import { type Declaring, metadata, objectName } from "./declaring";

/** The file that says whom the task's token stands for. No secret is in it. */
export function declareIdentity(of: Declaring, task: AgentTask) {
  if (of.credentials === undefined) return { identity: undefined, file: undefined };
  const text = of.credentials.apply((all) => all[task.role] ?? noCredentials(of, task));
  const file = new k8s.core.v1.ConfigMap(
    `${of.name}-${task.name}-credentials`,
    { metadata: metadata(of, `${task.name}-credentials`, task), data: { "credentials.json": text } },
    { parent: of.parent },
  );
  const identity = pulumi
    .all([file.metadata.name, text])
    .apply(([configMap, content]): AgentIdentity => ({ configMap, audience: audienceOf(content, of, task) }));
  return { identity, file };
}

function noCredentials(of: Declaring, task: AgentTask): never {
  throw new pulumi.RunError(
    `${objectName(of, task.name)}: there are credentials, and none for ${task.role}. Name its ServiceAccount: pulumi config set --path vault.federation.${task.role} ${of.cluster.namespace}/${objectName(of, task.name)}`,
  );
}

function audienceOf(text: string, of: Declaring, task: AgentTask): string {
  const { audience } = JSON.parse(text) as { readonly audience?: unknown };
  if (typeof audience === "string") return audience;
  throw new pulumi.RunError(
    `${objectName(of, task.name)}: the credentials of ${task.role} name no audience; they must be of type external_account.`,
  );
}
