import { gdcKubeception } from "../profiles/gdcKubeception";

/** Names as ledgers of format 1 have them: the environment of the scripts of that time. */
export type FormerNames = Readonly<Record<string, unknown>>;

export function isFormat1(names: unknown): names is FormerNames {
  return typeof names === "object" && names !== null && "MEMBERS" in names;
}

/**
 * The names in today's shape, not yet validated. What format 1 did not keep is the shipped profile's: the peers' port
 * and the data directory, which a utility Pod of that time brings itself.
 */
export function namesOfFormat1(names: FormerNames): unknown {
  const members = words(names.MEMBERS);
  const endpoints = String(names.ETCD_ENDPOINTS ?? "").split(",");
  const controllers = words(names.CONTROLLERS);
  const { etcd } = gdcKubeception;
  return {
    members: members.length,
    profile: {
      etcd: {
        statefulSet: names.ETCD_STATEFULSET,
        container: names.ETCD_CONTAINER,
        dataClaim: names.DATA_CLAIM,
        dataDirectory: etcd.dataDirectory,
        service: serviceOf(endpoints[0] ?? "", members[0] ?? ""),
        clientPort: Number(names.ETCD_CLIENT_PORT),
        peerPort: etcd.peerPort,
        ca: names.ETCD_CA,
        certificate: names.ETCD_CERTIFICATE,
        key: names.ETCD_KEY,
      },
      apiServer: { statefulSet: names.APISERVER_STATEFULSET, podDisruptionBudget: names.APISERVER_PDB },
      maintenance: names.MAINTENANCE,
      controllers: controllers.length === 1 && controllers[0] === "discover" ? "discover" : controllers,
    },
  };
}

/** Of "https://kube-etcd-0.kube-etcd:2379", what follows the member's name. */
function serviceOf(endpoint: string, member: string): string {
  const host = endpoint.replace(/^https:\/\//, "").replace(/:\d+$/, "");
  return host.startsWith(`${member}.`) ? host.slice(member.length + 1) : "";
}

const words = (text: unknown): string[] =>
  String(text ?? "")
    .split(" ")
    .filter((word) => word !== "");
