import { resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { checkKubeconfig } from "../access/kubeconfig/kubeconfig";
import { isKubeconfigText, keepKubeconfig } from "../access/kubeconfig/kubeconfigText";
import type { HostedConfig } from "../config/configSchema";
import type { HostedProfile } from "../profiles/hostedProfile";
import { hostedProfiles, type ProfileOverrides, withOverrides } from "../profiles/profiles";
import { type HostedCluster, type HostedMember, membersOf } from "./hostedCluster";
import type { HostedClusterArgs } from "./hostedClusterArgs";

/** A cluster's arguments, every Input with its value. */
export type ClusterValues = pulumi.Unwrap<HostedClusterArgs>;

const kubeconfigKeys = ["adminKubeconfig", "userKubeconfig"] as const;

/**
 * The members as far as plain arguments say them: their names are names of resources. What is wrong in them is refused
 * by what every resource waits for.
 */
export function declaredMembers({
  members = 3,
  profile,
  overrides,
}: HostedClusterArgs): readonly HostedMember[] {
  const sound = Number.isInteger(members) && members >= 1 && members <= 9;
  return membersOf({ members: sound ? members : 3, profile: profileOf(profile, overrides) });
}

function profileOf(name: string | undefined, overrides: object | undefined): HostedProfile {
  const shipped = Object.entries(hostedProfiles).find(([one]) => one === name)?.[1];
  return withOverrides(
    shipped ?? hostedProfiles["gdc-kubeception"],
    overrides as ProfileOverrides | undefined,
  );
}

/** The arguments as keys of the configuration, for its check: of a kubeconfig's content it has nothing to say. */
export function clusterKeys(args: ClusterValues): Record<string, unknown> {
  const { name, adminKubeconfig, userKubeconfig, ...rest } = args;
  const path = (value: string | undefined) =>
    value !== undefined && isKubeconfigText(value) ? "(content)" : value;
  return {
    ...rest,
    cluster: name,
    adminKubeconfig: path(adminKubeconfig),
    userKubeconfig: path(userKubeconfig),
  };
}

/**
 * The cluster of checked arguments, its kubeconfigs looked at. Paths are made absolute here: steps run in a plugin's
 * process, whose directory is not the reader's.
 *
 * @throws UserError for a kubeconfig that cannot be used, before anything is asked of a cluster
 */
export function decideCluster(config: HostedConfig, args: ClusterValues): HostedCluster {
  const { adminContext, allowInsecure = [] } = config;
  const contents: Partial<Record<(typeof kubeconfigKeys)[number], string>> = {};
  const paths: typeof contents = {};
  for (const key of kubeconfigKeys) {
    const given = args[key];
    if (given === undefined) continue;
    const isText = isKubeconfigText(given);
    if (isText) contents[key] = given;
    const path = isText ? keepKubeconfig(key, given) : resolve(given);
    const context = key === "adminKubeconfig" && adminContext !== undefined ? { context: adminContext } : {};
    checkKubeconfig({ path, key, allowInsecure, ...context });
    paths[key] = path;
  }
  return {
    name: config.cluster,
    namespace: config.namespace ?? config.cluster,
    members: config.members,
    profile: profileOf(config.profile, config.overrides),
    adminKubeconfig: paths.adminKubeconfig ?? "",
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(paths.userKubeconfig === undefined ? {} : { userKubeconfig: paths.userKubeconfig }),
    ...(Object.keys(contents).length === 0 ? {} : { kubeconfigContents: contents }),
  };
}
