/**
 * Google Distributed Cloud on VMware, advanced clusters: recognised, and left to gkectl. Source: "Back up and restore
 * advanced clusters with gkectl" of its documentation, and its upgrade rules: from 1.34 on every cluster is advanced.
 */

/** The name that the configuration key `profile` is given for them; no profile is shipped under it. */
export const GDC_ADVANCED = "gdc-advanced";

/** The first minor version of which no other clusters exist; GDC's are Kubernetes'. */
const ALWAYS_SINCE = 34;
/** Under these names a version counts; who knows better than that rule takes the profile of any such machine. */
const OF_MACHINES = ["gdc-admin", "gdc-controlplane-v2"];

/** What is known of a cluster that may be an advanced one. */
export interface AdvancedFacts {
  readonly operation: "restore" | "backup";
  /** The cluster's name. */
  readonly cluster: string;
  /** As it is configured. */
  readonly profile: string;
  /** What the cluster is. "any": nothing says it. */
  readonly role: "admin" | "user" | "any";
  /** Path of the admin cluster's kubeconfig, where it is known. */
  readonly adminKubeconfig?: string | undefined;
  /** What is to be restored; named where it is an archive of gkectl's. */
  readonly snapshot?: string | undefined;
  /** Images of the API servers that were found. Default: none was looked at. */
  readonly images?: readonly (string | undefined)[];
}

/** A refusal, in the form that the procedure has. */
export interface AdvancedRefusal {
  readonly code: "gdc-advanced";
  readonly kind: "refused";
  readonly message: string;
  readonly remedy: string;
}

/** Why an operation on an advanced cluster must not begin, with gkectl's line for it. Pure. */
export function judgeAdvanced(facts: AdvancedFacts): AdvancedRefusal | undefined {
  const why = whyAdvanced(facts);
  if (why === undefined) return undefined;
  const does = facts.operation === "backup" ? "backs it up" : "restores it";
  return {
    code: "gdc-advanced",
    kind: "refused",
    message: `${why}: gkectl alone ${does}`,
    remedy: `On the admin workstation: ${gkectlLine(facts)}${wayAround(facts.profile)}`,
  };
}

const wayAround = (profile: string): string =>
  OF_MACHINES.includes(profile) ? "   (if it is none: pulumi config set profile kubeadm)" : "";

function whyAdvanced({ cluster, profile, images = [] }: AdvancedFacts): string | undefined {
  if (profile === GDC_ADVANCED) return `profile: ${cluster} is an advanced cluster (${GDC_ADVANCED})`;
  const version = images.map((image) => advancedVersion(image, profile)).find((one) => one !== undefined);
  if (version === undefined) return undefined;
  return `cluster ${cluster}: its API server is ${version}, and clusters of Google Distributed Cloud are advanced from 1.${ALWAYS_SINCE} on`;
}

/** The version in an API server's image, when GDC on VMware makes it for advanced clusters alone. */
function advancedVersion(image = "", profile: string): string | undefined {
  const [, version, minor] = /\/kube-apiserver[^@:/]*:(v1\.(\d{1,3})\.\d+-gke\.[^@]*)/.exec(image) ?? [];
  if (Number(minor) < ALWAYS_SINCE) return undefined;
  return profile.startsWith("gdc-") ? version : undefined;
}

/** gkectl's command; what nobody has said is in capitals. */
function gkectlLine(facts: AdvancedFacts): string {
  const [user, admin] = facts.operation === "backup" ? backupLines(facts) : restoreLines(facts);
  if (facts.role === "any") return `${user}   (an admin cluster: ${admin})`;
  return facts.role === "user" ? user : admin;
}

type Lines = readonly [user: string, admin: string];

function backupLines({ cluster, adminKubeconfig }: AdvancedFacts): Lines {
  const kubeconfig = quoted(adminKubeconfig ?? "ADMIN_KUBECONFIG");
  return [
    `gkectl backup cluster --cluster-name ${quoted(cluster)} --kubeconfig ${kubeconfig}`,
    `gkectl backup admin --kubeconfig ${kubeconfig}`,
  ];
}

function restoreLines({ cluster, adminKubeconfig, snapshot = "" }: AdvancedFacts): Lines {
  const isArchive = /\.(tar\.gz|tgz)$/.test(snapshot);
  const file = quoted(isArchive ? snapshot : `gkectl-workspace/backups/${cluster}_backup_TIMESTAMP.tar.gz`);
  const kubeconfig = quoted(adminKubeconfig ?? "ADMIN_KUBECONFIG");
  return [
    `gkectl restore cluster --cluster-name ${quoted(cluster)} --backup-file ${file} --kubeconfig ${kubeconfig}`,
    `gkectl restore admin --backup-file ${file} --config ADMIN_CLUSTER_CONFIG`,
  ];
}

/** For a shell, where it needs that. */
const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
