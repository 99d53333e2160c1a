import { z } from "zod";
import { vaultSettings } from "../../vault/vaultSettings";
import { identitiesIn } from "../access/ageIdentity";
import { ageRecipients, judged, objectName, path, restoreId, snapshotKeys, taken } from "./fields";
import { checkMachinesKind } from "./restoreKind";
import { account, host, hostKey, namedSsh, sshSettings, unseenHostKey } from "./sshSchema";

/** Profiles of control planes whose etcd and API server are static Pods on machines. */
export const nodesProfileNames = ["gdc-admin", "gdc-controlplane-v2", "kubeadm"] as const;

/** A secret key of age, as age-keygen writes it, comments too. No message quotes it. */
const ageIdentity = z.string().superRefine((text, context) => {
  if (identitiesIn(text).length > 0) return;
  const remedy = "pulumi config set --secret --path restore.pki.identity < KEYFILE";
  const message = "holds no secret key of age, such as age-keygen writes: AGE-SECRET-KEY-1...";
  context.addIssue({ code: "custom", message, params: { remedy } });
});

/** As an etcd member is called; kubeadm calls it as the node. */
const memberName = z
  .string()
  .regex(/^[A-Za-z0-9]([-A-Za-z0-9._]{0,251}[A-Za-z0-9])?$/, "must be a member's name");

/** The machines of a control plane, each with one etcd member. @param key what is said of their host keys */
const machinesWith = <Key extends typeof hostKey | typeof unseenHostKey>(key: Key) =>
  z
    .array(
      z.strictObject({
        name: memberName,
        host,
        hostKey: key,
        ...account,
      }),
    )
    .min(1, "must name the control plane's machines")
    .max(9, "must be at most 9")
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "must have different names")
    .refine(
      (all) => new Set(all.map((one) => `${one.host}:${one.port ?? 22}`)).size === all.length,
      "must be different machines",
    );

/** What names machines, beside what opens them. */
const named = {
  /** The cluster's name: recorded in ledgers and reports. */
  cluster: objectName,
  profile: z.enum(nodesProfileNames),
  machines: machinesWith(hostKey),
  /** Default: the machine's own. */
  userKubeconfig: path.optional(),
};

/** The same as a file names it, for who has no stack. */
export const machinesSchema = z.strictObject({ ...named, ssh: namedSsh(hostKey) });
export type NamedMachines = z.infer<typeof machinesSchema>;

/** The same before the host keys are known. */
export const unseenMachinesSchema = z.strictObject({
  ...named,
  machines: machinesWith(unseenHostKey),
  ssh: namedSsh(unseenHostKey),
});
export type UnseenMachines = z.infer<typeof unseenMachinesSchema>;

/** What every operation on machines is told. */
const common = {
  ...named,
  ssh: sshSettings,
  /** Servers in the kubeconfig that may be called without a check of their certificate. */
  allowInsecure: z.array(z.string().regex(/^https?:\/\/\S+$/, "must be a server's URL")).optional(),
};

/**
 * Workloads that act on what the cluster says: `namespace/Kind/name`, in which `*` stands for any part of a name. `pulumi
 * config set --path` writes a list of nothing as the text it is.
 */
const quarantine = z.preprocess(
  (value) => (value === "[]" ? [] : value),
  z
    .array(
      z
        .string()
        .regex(
          /^[-a-z0-9.*]{1,253}\/(Deployment|StatefulSet|ReplicaSet)\/[-a-z0-9.*]{1,253}$/,
          "must be namespace/Kind/name, e.g. kube-system/Deployment/clusterapi-controllers, of a Deployment, StatefulSet or ReplicaSet",
        ),
    )
    .max(100, "must be at most 100"),
);

/** The configuration of a restore of a control plane on machines. */
export const nodesRestore = z.strictObject({
  operation: z.literal("restore"),
  ...common,
  restore: z
    .strictObject({
      id: restoreId,
      /** Exactly one of these four. */
      ...snapshotKeys,
      /** Id of the finished restore whose previous data becomes the cluster's again. */
      rollback: restoreId.optional(),
      /** Id of the restore that is over and whose left data is removed. */
      finalize: restoreId.optional(),
      /** Name of the one bad member that is replaced while the others have a quorum. */
      repair: memberName.optional(),
      ...judged,
      /** Static etcdutl, where neither the machine nor its etcd's image has one that fits. */
      etcdutl: path.optional(),
      /** Set to 0 before anybody else reaches the restored cluster. Default: the profile's; [] for none. */
      quarantine: quarantine.optional(),
      /** Keys and certificates come back too, where the machines' differ. Default: they stay as they are. */
      pki: z
        .strictObject({
          /** Opens the bundles of a backup: the secret key of one of its recipients. Secret. With snapshot alone, and needed there. */
          identity: ageIdentity.optional(),
          /** Directory of the backup. Default: the snapshot's own. With snapshot alone. */
          from: path.optional(),
          /** true: those that the restore put aside whose data is rolled back. With rollback alone, and needed there. */
          previous: z.literal(true).optional(),
        })
        .optional(),
    })
    .superRefine(checkMachinesKind, { when: () => true }),
});

/** The configuration of a backup of a control plane on machines. */
export const nodesBackup = z.strictObject({
  operation: z.literal("backup"),
  ...common,
  backup: z.strictObject({
    ...taken,
    /** Who can read the machines' keys and certificates: age recipients. There is no plain form. */
    recipients: ageRecipients,
  }),
  vault: vaultSettings.optional(),
});

/** The configuration of a stack of a control plane on machines, one shape an operation. */
export const nodesSchema = z.discriminatedUnion("operation", [nodesRestore, nodesBackup]);
