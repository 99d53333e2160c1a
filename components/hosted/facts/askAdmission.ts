import { ApiError } from "../../access/apiError";
import type { HostedContext } from "../hostedContext";
import { collections } from "../kubePod";
import type { PodLike } from "../podLike";
import { utilityPowers, utilityResources } from "../utilityNeeds";
import { listUtilityPods } from "../volumes/utilityPodList";
import { revivedPod } from "../volumes/utilityTemplate";

/**
 * Why the admin cluster would not take a utility Pod, as it says it itself: it is asked to judge one, and makes none.
 *
 * @returns undefined also where it did not say: some of what it asks in turn may not be asked without a change
 */
export async function askAdmission(
  context: HostedContext,
  like: PodLike,
  image: string | undefined,
): Promise<string | undefined> {
  const { client, namespace, id, members, names } = context;
  const [member] = members;
  if (member === undefined || image === undefined) return undefined;
  const { tolerations, imagePullSecrets, seLinuxOptions } = like;
  const { dataDirectory } = names.profile.etcd;
  const needs = { resources: utilityResources, securityContext: utilityPowers };
  const made = { tolerations, imagePullSecrets, seLinuxOptions, image, dataDirectory, ...needs };
  const pod = revivedPod({ id, namespace }, member, { ...made, scripts: "none" }, undefined, "staging");
  try {
    await client.create(collections.pods(namespace), pod, { query: { dryRun: "All" }, seconds: 10 });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== "forbidden") return undefined;
    // Those of this operation that are there already were taken, and may be why there is no room for another.
    const there = await listUtilityPods(context).catch(() => []);
    return there.length > 0 ? undefined : error.message;
  }
}
