import { isArray, isMap, type PropertyValue } from "../rpc/values";
import { apiVersionOf, type KubeObject, kindOf } from "./objects";

/** Whether data of ConfigMaps and Secrets may be updated in place; by default a change makes a new one. */
export interface Mutability {
  readonly configMap: boolean;
  readonly secret: boolean;
}

const selector = [".spec.selector"];
const containerFields = [
  "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext",
  "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
]
  .join(" ")
  .split(" ");
const podFields = [
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork",
  "hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName",
  "readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName",
  "shareProcessNamespace subdomain terminationGracePeriodSeconds volumes",
]
  .join(" ")
  .split(" ");
const volumeSources = [
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs",
  "hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume",
]
  .join(" ")
  .split(" ");

/** Fields whose change the official plugin answers by a new object; keyed by apiVersion and kind. */
const byKind: Readonly<Record<string, readonly string[]>> = {
  "apps/v1/DaemonSet": selector,
  "apps/v1/Deployment": selector,
  "apps/v1/StatefulSet": [
    ...selector,
    ...["podManagementPolicy", "revisionHistoryLimit", "serviceName", "volumeClaimTemplates"].map(
      (field) => `.spec.${field}`,
    ),
  ],
  "batch/v1/Job": [...selector, ".spec.completions", ".spec.parallelism", ".spec.template"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": [".roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": [".roleRef"],
  "storage.k8s.io/v1/StorageClass": [".parameters", ".provisioner"],
  "v1/PersistentVolume": volumeSources.map((source) => `.spec.${source}`),
  "v1/PersistentVolumeClaim": [
    ...selector,
    ".spec.accessModes",
    ".spec.storageClassName",
    ".spec.volumeName",
  ],
  "v1/Pod": [
    ...podFields.map((field) => `.spec.${field}`),
    ...["containers", "initContainers"].flatMap((list) =>
      containerFields.map((field) => `.spec.${list}.*.${field}`),
    ),
  ],
  "v1/ResourceQuota": [".spec.scopes"],
  "v1/Service": [".spec.clusterIP"],
};

/** Paths of fields that need a new object; `*` stands for any index. */
export function forceNewFields(object: KubeObject, mutable: Mutability): readonly string[] {
  const kind = `${apiVersionOf(object)}/${kindOf(object)}`;
  return [".metadata.name", ".metadata.namespace", ...(byKind[kind] ?? dataFields(kind, object, mutable))];
}

function dataFields(kind: string, object: KubeObject, mutable: Mutability): readonly string[] {
  const frozen = object.immutable === true;
  if (kind === "v1/Secret") {
    return !mutable.secret || frozen ? [".type", ".stringData", ".data"] : [".type"];
  }
  return kind === "v1/ConfigMap" && (!mutable.configMap || frozen) ? [".binaryData", ".data"] : [];
}

/** Whether a change of `value` at `path` touches one of the fields. */
export function touches(
  fields: readonly string[],
  path: readonly (string | number)[],
  value: PropertyValue | undefined,
): boolean {
  return fields.some((field) => touchesField(field.slice(1).split("."), path, value));
}

function touchesField(
  field: readonly string[],
  path: readonly (string | number)[],
  value: PropertyValue | undefined,
): boolean {
  const common = Math.min(field.length, path.length);
  for (let index = 0; index < common; index++) {
    const wanted = field[index];
    const segment = path[index];
    if (wanted === "*" ? typeof segment !== "number" : wanted !== segment) {
      return false;
    }
  }
  return field.length <= path.length || reaches(field.slice(path.length), value);
}

/** Whether the value, added or changed as a whole, holds the rest of the field's path. */
function reaches(rest: readonly string[], value: PropertyValue | undefined): boolean {
  const [first, ...others] = rest;
  if (first === undefined) {
    return value !== undefined;
  }
  if (first === "*") {
    return isArray(value) && value.some((element) => reaches(others, element));
  }
  return isMap(value) && first in value && reaches(others, value[first]);
}
