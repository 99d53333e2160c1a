import { memberCalls } from "../member/memberCalls";
import { askMembers } from "../procedure/etcdStatus";
import { noteHosted } from "../procedure/hosted";
import { etcdVersionOf, kubernetesVersionOf } from "../procedure/judgements/imageVersion";
import { judgeFixed } from "../procedure/judgements/volume";
import type { Refusal } from "../procedure/refusal";
import type { PreflightRequest } from "../procedure/request";
import type { EtcdClient, Judgement, UserApi } from "../procedure/substrate";
import {
  judgeAllMembers,
  judgeCopies,
  judgeGeneration,
  judgeLog,
  noteBackOff,
  noteOthers,
  noteSkew,
} from "./judgements/machines";
import type { MachineFacts } from "./machineFacts";
import { memberScript } from "./machineScripts";
import { memberOf } from "./machineVolumes";
import type { NodesContext } from "./nodesContext";
import { judgeInstance } from "./nodesRepair";
import type { PodsOfMachine } from "./podsOfMachine";
import { askFence } from "./quarantine/askFence";
import { askFences } from "./quarantine/leftFences";
import { parseStaticPod } from "./staticPod";

const LOOK_SECONDS = 90;
const FIXED = /^fixed (.+)$/m;

/** Asks what of etcd can be asked before anything is made, beside what was judged when the machines were opened. Read-only. */
export async function judgeNodes(
  context: NodesContext & {
    readonly facts: readonly MachineFacts[];
    readonly pods: readonly PodsOfMachine[];
  },
  { etcd, userApi }: { readonly etcd: EtcdClient; readonly userApi: Pick<UserApi, "hosted"> },
  { id, operation, underWay, request }: Pick<PreflightRequest, "id" | "operation" | "underWay" | "request">,
): Promise<Judgement> {
  const { members, facts, profile, access } = context;
  const { quarantine = [], snapshot, repair } = request;
  const repaired = members.find(({ name }) => operation === "repair" && !underWay && name === repair);
  // What was begun is brought to an end, and what an earlier restore has left may be removed.
  const isBeginning = !underWay && operation !== "finalize";
  const changed = isBeginning ? members.filter(({ name }) => operation !== "repair" || name === repair) : [];
  const [listed, hosted, fence, left, absent, fixed] = await Promise.all([
    membersInEtcd(members, etcd),
    userApi.hosted?.().catch(() => undefined),
    quarantine.length === 0 ? { refusals: [], notes: [] } : askFence(context, id),
    askFences(context, id),
    repaired === undefined ? [] : judgeInstance(context, repaired.name),
    Promise.all(changed.map(({ name }) => judgeData(context, name, id))),
  ]);
  const missed = judgeAllMembers(
    members.map(({ name }) => name),
    listed,
  );
  const version = etcdVersionOf(members[0]?.image);
  const { cluster, profile: name, userKubeconfig } = access;
  const named = {
    operation: "restore",
    cluster,
    profile: name,
    userKubeconfig,
    snapshot: snapshot?.path,
  } as const;
  const advanced = isBeginning ? judgeGeneration(facts, profile, named) : undefined;
  const fit = isBeginning
    ? [...facts.map((machine) => judgeCopies(machine, profile)), ...members.map(judgeLog), ...fixed]
    : [];
  return {
    refusals: [
      ...fit.filter((refusal) => refusal !== undefined),
      ...(advanced === undefined ? [] : [advanced]),
      ...(missed === undefined ? [] : [missed]),
      ...fence.refusals,
      ...absent,
    ],
    notes: [
      ...[
        ...[noteSkew, noteOthers, noteBackOff].flatMap((note) => facts.map(note)),
        noteHosted(hosted ?? []),
      ].filter((note) => note !== undefined),
      ...fence.notes,
      ...left,
    ],
    places: {},
    ...(version === undefined ? {} : { serverVersion: version }),
    kubernetesVersions: kubernetesVersions(facts, profile),
  };
}

/** Whether a member's data can be put aside as a whole. Where its directory says nothing, the guard finds out why. */
async function judgeData(context: NodesContext, member: string, id: string): Promise<Refusal | undefined> {
  const { dataDirectory } = memberOf(context, member);
  const script = memberScript(context.profile, dataDirectory, memberCalls.state(id));
  const { code, stdout } = await context.machines.run(member, script, LOOK_SECONDS);
  const fixed = code === 0 ? FIXED.exec(stdout)?.[1] : undefined;
  return judgeFixed(member, { fixed });
}

/** As the images of the machines' API servers say them, each once. */
function kubernetesVersions(
  facts: readonly MachineFacts[],
  { apiServer }: Pick<NodesContext["profile"], "apiServer">,
): readonly string[] {
  const versions = facts.flatMap(({ manifests }) => {
    const version = kubernetesVersionOf(parseStaticPod(manifests.get(apiServer.manifest) ?? "")?.image);
    return version === undefined ? [] : [version];
  });
  return [...new Set(versions)];
}

/** Names of the members that etcd itself knows; [] where nobody answers. A new one has no name before it has started. */
async function membersInEtcd(members: NodesContext["members"], etcd: EtcdClient): Promise<readonly string[]> {
  const answers = await askMembers({ members, etcd }, ["member", "list", "-w", "json"]);
  const whole = answers.find(({ answer }) => answer.code === 0)?.answer.stdout ?? "{}";
  try {
    const { members: listed = [] } = JSON.parse(whole) as { members?: readonly { name?: string }[] };
    return listed.map(({ name = "" }) => name).filter((name) => name !== "");
  } catch {
    return [];
  }
}
