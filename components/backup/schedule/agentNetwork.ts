import type * as k8s from "@pulumi/kubernetes";
import type { AgentTask } from "./agentTask";
import type { PlannedCluster } from "./scheduledCluster";

type Policy = k8s.types.input.networking.v1.NetworkPolicySpec;
type Rule = k8s.types.input.networking.v1.NetworkPolicyEgressRule;

const HTTPS = 443;

/**
 * Whom a task may call: etcd in its own namespace, name servers, the bucket's port. A NetworkPolicy knows addresses and
 * no names, so that the bucket is everything at that port. Nobody may call it.
 *
 * @returns undefined where the Pod is on its machine's network, which no policy reaches
 */
export function agentNetwork(
  { certificates, members }: PlannedCluster,
  task: AgentTask,
  labels: Readonly<Record<string, string>>,
  bucket: { readonly endpoint?: string } | undefined,
): Policy | undefined {
  if (certificates.kind === "machine" && task.asksEtcd) return undefined;
  const ports = [...new Set(members.map(({ url }) => Number(new URL(url).port)))];
  const egress: Rule[] = [
    ...(task.asksEtcd ? [{ to: [{ podSelector: {} }], ports: ports.map((port) => tcp(port)) }] : []),
    ...(task.asksEtcd || bucket !== undefined ? [{ ports: [{ protocol: "UDP", port: 53 }, tcp(53)] }] : []),
    ...(bucket === undefined ? [] : [{ ports: bucketPorts(bucket.endpoint).map((port) => tcp(port)) }]),
  ];
  return { podSelector: { matchLabels: { ...labels } }, policyTypes: ["Ingress", "Egress"], egress };
}

/** Tokens are exchanged at the service's own port, whatever the endpoint's is. */
function bucketPorts(endpoint: string | undefined): readonly number[] {
  if (endpoint === undefined) return [HTTPS];
  const { port, protocol } = new URL(endpoint);
  return [...new Set([HTTPS, port === "" ? (protocol === "http:" ? 80 : HTTPS) : Number(port)])];
}

const tcp = (port: number) => ({ protocol: "TCP", port });
