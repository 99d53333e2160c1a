import type { Found } from "../../procedure/ledgerRecord";
import { askVolumes } from "../facts/askVolumes";
import type { HostedContext } from "../hostedContext";
import { judgeClaim } from "../judgements/claims";
import { judgeEtcdSet, judgeRollouts } from "../judgeSets";
import type { KubeList } from "../kubePod";
import { namedControllers } from "./classify";
import { type FoundAnswer, judgeFound, type WorkloadFacts } from "./judgeFound";
import {
  type Kind,
  type KubeWorkload,
  kinds,
  parseWorkloadName,
  type Workload,
  type WorkloadName,
  workloadsPath,
} from "./kubeWorkload";
import { askSeconds, findWorkload } from "./workloadPods";

type Asked = Pick<HostedContext, "client" | "namespace" | "names" | "request">;

/**
 * Looks at the workloads of a control plane; changes nothing. With what was judged before anything was made and can have
 * changed since: what would go with the last Pod, and what would start from 0.
 */
export async function findWorkloads(asked: HostedContext, before?: Found): Promise<FoundAnswer> {
  const [facts, volumes] = await Promise.all([gatherWorkloads(asked), askVolumes(asked, () => true)]);
  const { names, request } = asked;
  const replicas = { ...numbersOf(before), ...request.replicas };
  const { found, refusals, notes } = judgeFound(facts, { names, request: { ...request, replicas } });
  const { etcd: etcdNames, apiServer } = names.profile;
  const set = (name: string) =>
    facts.workloads.find(({ kind, object }) => kind === "StatefulSet" && object.metadata.name === name)
      ?.object;
  const [etcd, apiServers] = [set(etcdNames.statefulSet), set(apiServer.statefulSet)];
  const again = [
    ...(etcd === undefined ? [] : judgeEtcdSet(asked, etcd)),
    ...volumes.map(({ claim }) => judgeClaim(claim)),
    ...judgeRollouts(asked, [etcd, apiServers]).refusals,
  ].filter((refusal) => refusal !== undefined);
  return { found, refusals: [...again, ...refusals], notes };
}

/** As the configuration gives them: by the names of the workloads. */
function numbersOf(before: Found | undefined): Record<string, number> {
  const workloads = before?.workloads ?? [];
  return Object.fromEntries(
    workloads.map(({ name, namespace, replicas }) => [
      namespace === undefined ? name : `${namespace}/${name}`,
      replicas,
    ]),
  );
}

/** Asks for everything at once. */
export async function gatherWorkloads(asked: Asked): Promise<WorkloadFacts> {
  const { namespace, names } = asked;
  const foreign = namedControllers(names)
    .map((name) => parseWorkloadName(name))
    .filter((name) => isElsewhere(name, namespace));
  const [lists, elsewhere] = await Promise.all([
    Promise.all(kinds.map((kind) => listWorkloads(asked, kind))),
    Promise.all(foreign.map(async (name) => ({ ...name, object: await findWorkload(asked, name) }))),
  ]);
  return { namespace, workloads: lists.flat(), elsewhere };
}

/** For operations that stop nothing: the StatefulSets alone. */
export async function gatherSets(asked: Asked): Promise<WorkloadFacts> {
  return {
    namespace: asked.namespace,
    workloads: await listWorkloads(asked, "StatefulSet"),
    elsewhere: [],
  };
}

async function listWorkloads({ client, namespace }: Asked, kind: Kind): Promise<readonly Workload[]> {
  const path = workloadsPath(kind, namespace);
  const { items } = await client.get<KubeList<KubeWorkload>>(path, { seconds: askSeconds });
  return items.map((object) => ({ kind, object }));
}

function isElsewhere(name: WorkloadName | undefined, here: string): name is Required<WorkloadName> {
  return name?.namespace !== undefined && name.namespace !== here;
}
