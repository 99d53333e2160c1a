import type * as k8s from "@pulumi/kubernetes";
import type { AgentTask } from "./agentTask";
import { CERTIFICATES, certificatePath, type PlannedCluster, parts } from "./scheduledCluster";
import {
  AUTHORITY_FILE,
  IDENTITY_DIRECTORY,
  SETTINGS_DIRECTORY,
  SETTINGS_FILE,
  SPOOL,
  STORE_MOUNT,
} from "./settingsText";

type PodSpec = k8s.types.input.core.v1.PodSpec;
type Volume = k8s.types.input.core.v1.Volume & { readonly name: string };
type Mount = k8s.types.input.core.v1.VolumeMount;

/** Whom the agent's image runs as. */
const AGENT = 65532;
const READ_BY_GROUP = 0o440;
/** Where the vault's credential files say that the token is. */
const TOKEN_DIRECTORY = "/var/run/secrets/etcd-recovery";
const CREDENTIALS_DIRECTORY = "/etc/etcd-recovery-credentials";
const CREDENTIALS_FILE = "credentials.json";
/** A token is renewed by the kubelet long before it ends. */
const TOKEN_SECONDS = 3600;

/** How the agent proves who it is, without a key: a file that says whom its token stands for. */
export interface AgentIdentity {
  /** ConfigMap of the file. */
  readonly configMap: string;
  /** Of its token. */
  readonly audience: string;
}

/** What a Pod of the agent is made of. */
export interface AgentPodArgs {
  readonly cluster: PlannedCluster;
  readonly task: AgentTask;
  /** What the agent does. Default: the task's name. */
  readonly act?: string;
  readonly image: string;
  readonly serviceAccount: string;
  /** ConfigMap of the settings. */
  readonly settings: string;
  readonly deadlineSeconds: number;
  /** Claim of the directory of backups; undefined where there is a bucket. */
  readonly claim?: string;
  readonly identity?: AgentIdentity;
  /** Secret with age identities. */
  readonly ageIdentity?: { readonly secret: string; readonly field: string };
  readonly endpoint?: string;
  /** Whether certificates of the endpoint's authority lie beside the settings. */
  readonly hasAuthority?: boolean;
  readonly priorityClass?: string;
  readonly imagePullSecret?: string;
}

interface Piece {
  readonly volume: Volume;
  readonly mounts: readonly Mount[];
}

/** Seconds beyond the agent's own deadline, in which it starts and ends. */
export const GRACE_SECONDS = 300;

/**
 * The Pod of one run: no right, no shell, no token but the one that it proves itself to the bucket with, nothing that it
 * can write to but its spool and its store.
 */
export function agentPodSpec(args: AgentPodArgs): PodSpec {
  const { cluster, task, image, endpoint, identity, priorityClass, imagePullSecret } = args;
  const pieces = piecesOf(args);
  const env = [
    ...(identity === undefined
      ? []
      : [
          {
            name: "GOOGLE_APPLICATION_CREDENTIALS",
            value: `${CREDENTIALS_DIRECTORY}/${CREDENTIALS_FILE}`,
          },
        ]),
    ...(endpoint === undefined ? [] : [{ name: "ETCD_RECOVERY_GCS_ENDPOINT", value: endpoint }]),
    ...(args.hasAuthority === true
      ? [{ name: "NODE_EXTRA_CA_CERTS", value: `${SETTINGS_DIRECTORY}/${AUTHORITY_FILE}` }]
      : []),
    { name: "TMPDIR", value: SPOOL },
  ];
  const { limit, request } = task.memory;
  const room = `${task.spoolGibibytes}Gi`;
  return {
    restartPolicy: "Never",
    activeDeadlineSeconds: args.deadlineSeconds + GRACE_SECONDS,
    terminationGracePeriodSeconds: 30,
    serviceAccountName: args.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(priorityClass === undefined ? {} : { priorityClassName: priorityClass }),
    ...(imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: imagePullSecret }] }),
    ...place(cluster, task, args.claim),
    containers: [
      {
        name: "agent",
        image,
        args: [args.act ?? task.name, "--settings", SETTINGS_FILE],
        env,
        // its last lines say why it failed
        terminationMessagePolicy: "FallbackToLogsOnError",
        resources: {
          requests: { cpu: "100m", memory: request, "ephemeral-storage": "64Mi" },
          limits: { cpu: "2", memory: limit, "ephemeral-storage": room },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: pieces.flatMap(({ mounts }) => mounts),
      },
    ],
    volumes: pieces.map(({ volume }) => volume),
  };
}

/**
 * Beside etcd's machines a key is root's alone, and so is whoever reads it; without a capability, like everyone. What it
 * stores on a claim is its own user's alone too: whoever else works there is the same.
 */
function place({ certificates }: PlannedCluster, { asksEtcd }: AgentTask, claim?: string): Partial<PodSpec> {
  const shared = {
    ...{ fsGroup: AGENT, fsGroupChangePolicy: "OnRootMismatch" },
    seccompProfile: { type: "RuntimeDefault" },
  };
  if (certificates.kind === "secret" || (!asksEtcd && claim === undefined))
    return { securityContext: { runAsNonRoot: true, runAsUser: AGENT, runAsGroup: AGENT, ...shared } };
  const root = { securityContext: { runAsUser: 0, runAsGroup: 0, ...shared } };
  if (!asksEtcd) return root;
  return {
    hostNetwork: true,
    dnsPolicy: "ClusterFirstWithHostNet",
    nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
    tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
    ...root,
  };
}

function piecesOf({ cluster, task, settings, claim, identity, ageIdentity }: AgentPodArgs): readonly Piece[] {
  return [
    readOnly({ name: "settings", configMap: { name: settings } }, SETTINGS_DIRECTORY),
    ...(task.asksEtcd ? certificatesOf(cluster) : []),
    {
      volume: { name: "spool", emptyDir: { sizeLimit: `${task.spoolGibibytes}Gi` } },
      mounts: [{ name: "spool", mountPath: SPOOL }],
    },
    ...(claim === undefined
      ? []
      : [
          {
            volume: { name: "store", persistentVolumeClaim: { claimName: claim } },
            mounts: [{ name: "store", mountPath: STORE_MOUNT }],
          },
        ]),
    ...(identity === undefined ? [] : identityOf(identity)),
    ...(ageIdentity === undefined ? [] : [ageIdentityOf(ageIdentity)]),
  ];
}

function certificatesOf({ certificates }: PlannedCluster): readonly Piece[] {
  if (certificates.kind === "secret") {
    const items = parts.map((part) => ({ key: certificates.fields[part], path: `${part}.pem` }));
    const secret = { secretName: certificates.secret, defaultMode: READ_BY_GROUP, items };
    return [readOnly({ name: "certificates", secret }, CERTIFICATES)];
  }
  // each file by itself: the authority's key lies in the same directory
  return parts.map((part) =>
    readOnly(
      { name: `certificate-${part}`, hostPath: { path: certificates.files[part], type: "File" } },
      certificatePath(part),
    ),
  );
}

function identityOf({ configMap, audience }: AgentIdentity): readonly Piece[] {
  const token = { path: "token", audience, expirationSeconds: TOKEN_SECONDS };
  const projected = { defaultMode: READ_BY_GROUP, sources: [{ serviceAccountToken: token }] };
  return [
    readOnly({ name: "token", projected }, TOKEN_DIRECTORY),
    readOnly({ name: "credentials", configMap: { name: configMap } }, CREDENTIALS_DIRECTORY),
  ];
}

function ageIdentityOf({ secret, field }: NonNullable<AgentPodArgs["ageIdentity"]>): Piece {
  const items = [{ key: field, path: "identity" }];
  return readOnly(
    { name: "age-identity", secret: { secretName: secret, defaultMode: READ_BY_GROUP, items } },
    IDENTITY_DIRECTORY,
  );
}

const readOnly = (volume: Volume, mountPath: string): Piece => ({
  volume,
  mounts: [{ name: volume.name, mountPath, readOnly: true }],
});
