import { mergeCopies } from "../../procedure/ledgerCopies";
import { errorOf, failed } from "../../procedure/refusal";
import type { HostedContext } from "../hostedContext";
import { judgeAdmission } from "../judgements/admission";
import { kubectlText } from "../kubectlText";
import { collections, type KubeList, type KubePod } from "../kubePod";
import { podState, podTrouble } from "../podTrouble";
import { noUtility } from "./awaitUtility";
import { pause, type Timings } from "./timings";
import { canWork, isDone, isEnding, isRevived, listUtilityPods, workingPod } from "./utilityPodList";
import { scriptsFor } from "./utilityScripts";
import { parseTemplate, revivedPod, type UtilityTemplate } from "./utilityTemplate";

/**
 * The Pod that works on a member's volume after the one before has ended: with its node, or since its work was done.
 * Before the guard only Pulumi makes one; from the guard on a step makes it, from what the ledger keeps.
 *
 * @throws UserError that says why there is none
 */
export async function reviveUtility(
  context: HostedContext,
  member: string,
  times: Timings,
): Promise<KubePod> {
  const made = await templateInLedger(context);
  const coming = (await listUtilityPods(context, member)).findLast((pod) => !isDone(pod) && !isEnding(pod));
  if (made === undefined && coming === undefined) throw await noUtility(context, member);
  // One that is starting already, by another step, is not joined by a second.
  if (coming !== undefined) {
    const outcome = await settle(context, member, coming.metadata.name, times);
    if (typeof outcome !== "string") return outcome;
    if (made === undefined || outcome === "slow")
      throw await notRunning(context, coming.metadata.name, times);
    await removePod(context, coming.metadata.name);
  }
  if (made === undefined) throw await noUtility(context, member);
  return make(context, member, made, times);
}

async function make(
  context: HostedContext,
  member: string,
  made: FoundTemplate,
  times: Timings,
): Promise<KubePod> {
  const node = (await nodeOfMember(context, member)) ?? made.nodes[member];
  const scripts = await scriptsFor(context, made.template.scripts);
  const newest = { ...made, template: { ...made.template, scripts } };
  const first = await create(context, member, newest, node);
  const outcome = await settle(context, member, first, times);
  if (typeof outcome !== "string") return outcome;
  // The volume may go to another node only when no etcd holds it to this one.
  if (outcome === "slow" || node === undefined || !(await etcdIsDown(context)))
    throw await notRunning(context, first, times);
  context.say(
    `${member}: node ${node} gives its utility Pod no place; without etcd the volume can go elsewhere`,
  );
  await removePod(context, first);
  const second = await create(context, member, newest, undefined);
  const elsewhere = await settle(context, member, second, times);
  if (typeof elsewhere !== "string") return elsewhere;
  throw await notRunning(context, second, times);
}

async function create(
  context: HostedContext,
  member: string,
  { template, staging }: FoundTemplate,
  node: string | undefined,
): Promise<string> {
  const { client, namespace, members } = context;
  const own = members.find(({ name }) => name === member);
  if (own === undefined) throw errorOf(failed("member-unknown", `there is no member ${member}`, "pulumi up"));
  try {
    const pod = revivedPod(context, own, template, node, staging ? "staging" : "later");
    const { metadata } = await client.create<KubePod>(collections.pods(namespace), pod);
    context.say(`${member}: its utility Pod had ended; made ${metadata.name}`);
    return metadata.name;
  } catch (cause) {
    const said = (cause as Error).message;
    const kubectl = kubectlText(context.access);
    const { remedy = `Look: ${kubectl} --namespace ${namespace} get events` } =
      judgeAdmission({ namespace, kubectl, said }) ?? {};
    throw errorOf(failed("utility-not-made", `could not make a utility Pod for ${member}: ${said}`, remedy));
  }
}

/**
 * Waits until a Pod runs. Another one that runs for the member is as good.
 *
 * @returns `unplaced`: it has no node, or its node has said nothing of it; `slow`: anything else
 */
async function settle(
  context: HostedContext,
  member: string,
  name: string,
  times: Timings,
): Promise<KubePod | "unplaced" | "slow"> {
  const end = performance.now() + times.revive * 1000;
  for (let unplacedSince: number | undefined; ; await pause(times.pollMs)) {
    const pods = await listUtilityPods(context, member);
    const own = pods.find(({ metadata }) => metadata.name === name);
    const working = own !== undefined && canWork(own) ? own : workingPod(pods, member);
    if (working !== undefined) return working;
    if (own === undefined || isDone(own)) return "slow";
    if (isUnplaced(own)) unplacedSince ??= performance.now();
    else unplacedSince = undefined;
    if (unplacedSince !== undefined && performance.now() - unplacedSince >= times.node * 1000)
      return "unplaced";
    if (performance.now() >= end) return "slow";
  }
}

/** The scheduler has no node for it, or its node's kubelet has not taken it up. */
function isUnplaced({ spec, status = {} }: KubePod): boolean {
  const unscheduled = status.conditions?.some(
    ({ type, status: is, reason }) => type === "PodScheduled" && is === "False" && reason === "Unschedulable",
  );
  return unscheduled === true || (spec?.nodeName !== undefined && status.startTime === undefined);
}

interface FoundTemplate {
  readonly template: UtilityTemplate;
  /** Node of each member's first utility Pod. */
  readonly nodes: Readonly<Record<string, string>>;
  /** The members are being staged. */
  readonly staging: boolean;
}

/** What the ledger keeps for this; undefined when it is another's, or this operation has not opened one. */
async function templateInLedger({ ledger, id }: HostedContext): Promise<FoundTemplate | undefined> {
  const record = mergeCopies(await ledger.read());
  const { utility = "", nodes = "" } = record?.reach ?? {};
  if (record?.id !== id || utility === "") return undefined;
  const staging = record.phase === "open";
  return { template: parseTemplate(utility, ledger.place), nodes: nodesIn(nodes), staging };
}

/** "MEMBER=NODE" words; what is no name of a node is left out. */
export function nodesIn(text: string): Record<string, string> {
  const pairs = text.split(" ").map((word) => /^([a-z0-9][-a-z0-9.]*)=([a-z0-9][-a-z0-9.]*)$/.exec(word));
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1], pair[2]]])));
}

/** Where etcd's own Pod of the member is, which may hold the volume to that node. */
async function nodeOfMember(
  { client, namespace }: HostedContext,
  member: string,
): Promise<string | undefined> {
  const pod = await client.find<KubePod>(`${collections.pods(namespace)}/${member}`);
  return pod?.spec?.nodeName;
}

interface EtcdSet {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
}

/** Whether etcd is told to have no Pod, and has none. On doubt it has. */
async function etcdIsDown({ client, namespace, names }: HostedContext): Promise<boolean> {
  const path = `${collections.statefulSets(namespace)}/${names.profile.etcd.statefulSet}`;
  const set = await client.find<EtcdSet>(path);
  const wanted = Object.entries(set?.spec?.selector?.matchLabels ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  if (set === undefined || wanted.length === 0 || set.spec?.replicas !== 0) return false;
  const query = { labelSelector: wanted.join(",") };
  const { items } = await client.get<KubeList<KubePod>>(collections.pods(namespace), { query });
  return items.length === 0;
}

async function removePod({ client, namespace }: HostedContext, name: string): Promise<void> {
  await client.delete(`${collections.pods(namespace)}/${name}`).catch(() => undefined);
}

/** The Pod is taken away again where a step made it: one that starts when nobody waits for it would hold the volume. */
async function notRunning(context: HostedContext, name: string, times: Timings): Promise<Error> {
  const { namespace } = context;
  const trouble = await podTrouble(context, name);
  const pod = (await listUtilityPods(context)).find(({ metadata }) => metadata.name === name);
  if (pod !== undefined && isRevived(pod)) await removePod(context, name);
  return errorOf(
    failed(
      "utility-not-running",
      `${name} does not run after ${times.revive} s: ${trouble.join("\n")}${pod === undefined ? "" : ` (${podState(pod)})`}`,
      `Look: kubectl --namespace ${namespace} get events --field-selector involvedObject.name=${name}; mend the cause, then 'pulumi up' goes on.`,
    ),
  );
}
