import { posix } from "node:path";
import {
  type HostedScheduledCluster,
  isOnMachines,
  type MachinesCluster,
  type ScheduledCluster,
} from "../../config/schedulesSchema";
import { gdcKubeception } from "../../profiles/gdcKubeception";
import { kubeadm } from "../../profiles/kubeadm";

/** Where the client's certificate lies in the agent's container. */
export const CERTIFICATES = "/certificates";

/** A cluster whose backups are scheduled, its names worked out. */
export interface PlannedCluster {
  readonly name: string;
  readonly namespace: string;
  readonly profile: string;
  readonly members: readonly { readonly name: string; readonly url: string }[];
  readonly kubeSystemUid?: string;
  /** Where the certificate comes from: a Secret's fields, or files of the machine, by their names in the container. */
  readonly certificates:
    | { readonly kind: "secret"; readonly secret: string; readonly fields: Readonly<Record<Part, string>> }
    | { readonly kind: "machine"; readonly files: Readonly<Record<Part, string>> };
}

export type Part = "ca" | "cert" | "key";
export const parts: readonly Part[] = ["ca", "cert", "key"];

/** Where a part of the certificate lies in the container. */
export const certificatePath = (part: Part): string => `${CERTIFICATES}/${part}.pem`;

/** Pure: names and addresses of a cluster, by its profile. */
export function planCluster(cluster: ScheduledCluster): PlannedCluster {
  const { name, kubeSystemUid } = cluster;
  const known = { name, ...(kubeSystemUid === undefined ? {} : { kubeSystemUid }) };
  return isOnMachines(cluster) ? { ...known, ...onMachines(cluster) } : { ...known, ...inPods(cluster) };
}

function inPods({ name, namespace = name, members = 3, certificates, fields }: HostedScheduledCluster) {
  const { etcd } = gdcKubeception;
  const named = Array.isArray(members) ? members : Array.from({ length: members }, (_, at) => memberOf(at));
  const own = {
    ca: fields?.ca ?? posix.basename(etcd.ca),
    cert: fields?.certificate ?? posix.basename(etcd.certificate),
    key: fields?.key ?? posix.basename(etcd.key),
  };
  return {
    namespace,
    profile: "gdc-kubeception",
    members: named,
    certificates: { kind: "secret", secret: certificates, fields: own } as const,
  };
}

function memberOf(ordinal: number) {
  const { statefulSet, service, clientPort } = gdcKubeception.etcd;
  const name = `${statefulSet}-${ordinal}`;
  return { name, url: `https://${name}.${service}:${clientPort}` };
}

/** The certificate of health checks: a client's, and no server's. */
function onMachines({ namespace, machines, profile }: MachinesCluster) {
  const directory = posix.dirname(kubeadm.etcd.ca);
  const client = `${directory}/healthcheck-client`;
  const files = { ca: kubeadm.etcd.ca, cert: `${client}.crt`, key: `${client}.key` };
  return {
    namespace,
    profile,
    members: machines,
    certificates: { kind: "machine", files } as const,
  };
}
