import { errorOf, failed } from "../../procedure/refusal";
import type { HostedContext } from "../hostedContext";
import { collections, type KubeList, type KubePod } from "../kubePod";
import { poll, type Timings } from "./timings";
import { labels } from "./utilityPodList";

/** Kinds that an operation makes for itself. */
const kinds = {
  Pod: collections.pods,
  ConfigMap: collections.configMaps,
  NetworkPolicy: collections.networkPolicies,
} as const;
type Kind = keyof typeof kinds;

interface Left {
  readonly kind: Kind;
  readonly name: string;
  readonly revived: boolean;
}

/** Longest time in seconds for everything of an operation to go. */
const REMOVE_SECONDS = 90;

/**
 * Removes objects of this operation that no stack knows: those of a run that was killed, and what a step made.
 *
 * @param own what the stack's own state knows, `Kind/name`; undefined: whatever bears the operation's label
 * @returns warnings about objects of other operations. @throws FailedError that names what could not be removed
 */
export async function cleanLeftOvers(
  context: HostedContext,
  own: readonly string[] | undefined,
  times: Timings,
): Promise<readonly string[]> {
  const { namespace, id } = context;
  const isOrphan = (object: Left) => object.revived || (own !== undefined && !own.includes(nameOf(object)));
  const left = await removeUntilGone(context, isOrphan, times.leftOvers, times.pollMs);
  if (left.length > 0) {
    const names = left.map(nameOf).join(" ");
    throw errorOf(
      failed(
        "left-overs",
        `the cluster is restored and serves, but these of its helpers are left: ${names}`,
        `kubectl --namespace ${namespace} delete ${names}; then 'pulumi up' looks again.`,
      ),
    );
  }
  const ofOthers = await labelled(context, `${labels.managedBy}=etcd-recovery,${labels.restore}!=${id}`);
  if (ofOthers.length === 0) return [];
  // Pulumi deletes what a new id has replaced last of all.
  return [
    `objects of other restores are in namespace ${namespace}: ${ofOthers.map(nameOf).join(" ")} (those of this stack's last restore go when 'pulumi up' ends)`,
  ];
}

/** Removes everything that this operation made for itself. @throws FailedError when something stays */
export async function removeEverything(context: HostedContext, times: Timings): Promise<void> {
  const { namespace, id } = context;
  const left = await removeUntilGone(context, () => true, REMOVE_SECONDS, times.pollMs);
  if (left.length === 0) return;
  throw errorOf(
    failed(
      "left-overs",
      `restore ${id} is over, but its utility Pods are still there: ${left.map(nameOf).join(" ")}`,
      `kubectl --namespace ${namespace} delete pods,configmaps,networkpolicies -l ${labels.restore}=${id}`,
    ),
  );
}

/** @returns what is left when the time is over */
async function removeUntilGone(
  context: HostedContext,
  isMeant: (object: Left) => boolean,
  seconds: number,
  everyMs: number,
): Promise<readonly Left[]> {
  const { client, namespace, id } = context;
  const told = new Set<string>();
  let left: readonly Left[] = [];
  await poll(seconds, everyMs, async () => {
    left = (await labelled(context, `${labels.restore}=${id}`)).filter(isMeant);
    const fresh = left.filter((object) => !told.has(nameOf(object)));
    const removals = fresh.map(async (object) => {
      await client.delete(`${kinds[object.kind](namespace)}/${object.name}`);
      told.add(nameOf(object));
    });
    // Who could not be told is told again; whoever refuses says it by what is left.
    await Promise.allSettled(removals);
    return left.length === 0;
  });
  return left;
}

async function labelled({ client, namespace }: HostedContext, selector: string): Promise<readonly Left[]> {
  const query = { labelSelector: selector };
  const lists = (Object.keys(kinds) as Kind[]).map(async (kind) => {
    const { items } = await client.get<KubeList<KubePod>>(kinds[kind](namespace), { query });
    return items.map(({ metadata }) => ({
      kind,
      name: metadata.name,
      revived: metadata.labels?.[labels.revived] === "true",
    }));
  });
  return (await Promise.all(lists)).flat();
}

const nameOf = ({ kind, name }: Left): string => `${kind}/${name}`;
