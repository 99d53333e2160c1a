import type { HostedContext } from "../hostedContext";
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

/** Looks at the workloads of a control plane; changes nothing. */
export async function findWorkloads(asked: Asked): Promise<FoundAnswer> {
  return judgeFound(await gatherWorkloads(asked), asked);
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
