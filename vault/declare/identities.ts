import type { projects, serviceaccount, storage } from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { DRILL_ENDING } from "../../store/drills";
import { MANIFEST } from "../../store/manifest";
import { type Declaring, digestOf } from "./declared";

/** Of every vault. */
export const roles = ["uploader", "reader", "pruner"] as const;
export type Role = (typeof roles)[number];
/** Of vaults with `monitoring` too. */
export type VaultRole = Role | "watcher";
export type Accounts = Readonly<Record<Role, serviceaccount.Account>> &
  Readonly<Partial<Record<"watcher", serviceaccount.Account>>>;

const descriptions: Readonly<Record<VaultRole, string>> = {
  uploader: "creates etcd backups; cannot read, replace or delete any",
  reader: "lists and reads etcd backups, writes beside them what came of a drill",
  pruner: "lists etcd backups, reads their manifests and drills, deletes; cannot read snapshots",
  watcher:
    "lists etcd backups, reads their manifests and drills, writes numbers of them; cannot read snapshots",
};

/** A right on the bucket; all are ours alone, so that no built-in role grows under them. */
export interface Right<R extends VaultRole = Role> {
  readonly role: R;
  readonly name: string;
  readonly permissions: readonly string[];
  /** CEL, on the object's name. */
  readonly only?: string;
}

export const rights: readonly Right[] = [
  { role: "uploader", name: "create", permissions: ["storage.objects.create"] },
  { role: "reader", name: "read", permissions: ["storage.objects.get", "storage.objects.list"] },
  {
    role: "reader",
    name: "drills",
    permissions: ["storage.objects.create"],
    only: `resource.name.endsWith("${DRILL_ENDING}")`,
  },
  { role: "pruner", name: "prune", permissions: ["storage.objects.delete", "storage.objects.list"] },
  {
    role: "pruner",
    name: "manifests",
    permissions: ["storage.objects.get"],
    only: `resource.name.endsWith("/${MANIFEST}") || resource.name.endsWith("${DRILL_ENDING}")`,
  },
];

/** What whoever watches may do in the bucket. */
export const watcherRights: readonly Right<"watcher">[] = [
  { role: "watcher", name: "list", permissions: ["storage.objects.list"] },
  {
    role: "watcher",
    name: "look",
    permissions: ["storage.objects.get"],
    only: `resource.name.endsWith("/${MANIFEST}") || resource.name.endsWith("${DRILL_ENDING}")`,
  },
];
/** And in the project: descriptors of metrics are declared, so that it need make none. */
export const TELL = "monitoring.timeSeries.create";

/** The identities, each with its rights on the bucket and none anywhere else. */
export function declareIdentities(
  { parent, name, settings }: Declaring,
  bucket: storage.Bucket,
): { readonly accounts: Accounts; readonly uploaderKey: pulumi.Output<string> | undefined } {
  const gcp = {
    projects: require("@pulumi/gcp/projects") as typeof projects,
    serviceaccount: require("@pulumi/gcp/serviceaccount") as typeof serviceaccount,
    storage: require("@pulumi/gcp/storage") as typeof storage,
  };
  const { project } = settings;
  const account = (role: VaultRole) =>
    new gcp.serviceaccount.Account(
      `${name}-${role}`,
      {
        project,
        accountId: accountId(settings.bucket, role),
        displayName: `etcd backups in ${settings.bucket}: ${role}`,
        description: descriptions[role],
      },
      { parent },
    );
  const accounts: Accounts = {
    uploader: account("uploader"),
    reader: account("reader"),
    pruner: account("pruner"),
    ...(settings.monitoring === undefined ? {} : { watcher: account("watcher") }),
  };
  const customRole = (right: string, permissions: readonly string[]) =>
    new gcp.projects.IAMCustomRole(
      `${name}-role-${right}`,
      {
        project,
        roleId: `etcdRecovery_${digestOf(settings.bucket)}_${right}`,
        title: `etcd backups: ${right}`,
        permissions: [...permissions],
      },
      { parent },
    );
  const memberOf = ({ email }: serviceaccount.Account) => pulumi.interpolate`serviceAccount:${email}`;
  const all: readonly Right<VaultRole>[] = [...rights, ...watcherRights];
  for (const { role, name: right, permissions, only } of all) {
    const account = accounts[role];
    if (account === undefined) continue;
    const custom = customRole(right, permissions);
    const condition = only === undefined ? {} : { condition: { title: right, expression: only } };
    new gcp.storage.BucketIAMMember(
      `${name}-${role}-${right}`,
      {
        bucket: bucket.name,
        role: custom.name,
        member: memberOf(account),
        ...condition,
      },
      { parent },
    );
  }
  if (accounts.watcher !== undefined)
    new gcp.projects.IAMMember(
      `${name}-watcher-tell`,
      { project, role: customRole("tell", [TELL]).name, member: memberOf(accounts.watcher) },
      { parent },
    );
  return {
    accounts,
    uploaderKey: settings.uploaderKey === undefined ? undefined : keyOf(gcp, parent, name, accounts),
  };
}

/** A key file is a secret: only its private part is ever read, and Pulumi keeps it encrypted. */
function keyOf(
  gcp: { readonly serviceaccount: typeof serviceaccount },
  parent: pulumi.ComponentResource,
  name: string,
  { uploader }: Accounts,
): pulumi.Output<string> {
  const options = { parent, additionalSecretOutputs: ["privateKey"] };
  const key = new gcp.serviceaccount.Key(
    `${name}-uploader-key`,
    { serviceAccountId: uploader.name },
    options,
  );
  return pulumi.secret(key.privateKey);
}

/** At most 30 characters: long names that begin alike stay apart. */
const accountId = (bucket: string, role: VaultRole): string => `etcd-${digestOf(bucket)}-${role}`;
