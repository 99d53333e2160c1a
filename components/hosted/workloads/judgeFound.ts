import { worksUnelected } from "../../procedure/containerFlags";
import type { Found, FoundWorkload, OtherWorkload, Part } from "../../procedure/ledgerRecord";
import type { Refusal } from "../../procedure/refusal";
import type { HostedContext } from "../hostedContext";
import { judgeApiServers } from "../judgements/apiServers";
import { judgeIdle, judgeNamed, type NamedController } from "../judgements/controllers";
import { judgeMembers } from "../judgements/etcdSet";
import { nearest } from "../judgements/nearest";
import { isController, namedControllers, nameOf, settingOf, whyLeft } from "./classify";
import {
  type KubeWorkload,
  parseWorkloadName,
  readinessOf,
  selectorText,
  type Workload,
  type WorkloadName,
  wantedReplicas,
} from "./kubeWorkload";
import { keeperNote } from "./owners";

/** What {@link judgeFound} goes by. */
export interface WorkloadFacts {
  readonly namespace: string;
  /** Of the user cluster's namespace. */
  readonly workloads: readonly Workload[];
  /** Named controllers of other namespaces; undefined object: it is not there. */
  readonly elsewhere: readonly (Required<WorkloadName> & { readonly object: KubeWorkload | undefined })[];
}

/** As {@link Workloads.find} answers. */
export interface FoundAnswer {
  readonly found: Found;
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
}

type Names = Pick<HostedContext, "names" | "request">;

/** A workload in its place. */
type Placed = Workload & { readonly namespace?: string };

/** What is stopped by the part that it is of, and what is left. */
interface Sorted {
  readonly etcd: Placed | undefined;
  readonly apiServers: Placed | undefined;
  readonly controllers: readonly Placed[];
  readonly maintenance: Placed | undefined;
  readonly others: readonly OtherWorkload[];
}

/** Sorts what was seen into what is stopped and what is left; pure. */
export function judgeFound(facts: WorkloadFacts, given: Names): FoundAnswer {
  const sorted = sort(facts, given);
  const { etcd, apiServers, others } = sorted;
  const workloads = foundWorkloads(sorted, given);
  const ready = workloads.find(({ part }) => part === "etcd")?.ready ?? 0;
  const servers = [etcd, apiServers].filter((one) => one !== undefined);
  return {
    found: { workloads, others: [...others], quorum: ready > given.names.members / 2 },
    refusals: refusalsOf(facts, sorted, given).filter((refusal) => refusal !== undefined),
    notes: [...servers.flatMap((one) => keeperNote(nameOf(one), one.object)), ...others.map(otherNote)],
  };
}

function sort({ namespace, workloads, elsewhere }: WorkloadFacts, { names }: Names): Sorted {
  const { profile } = names;
  const called = (name: string) => workloads.find((one) => nameOf(one) === name);
  const etcd = called(`StatefulSet/${profile.etcd.statefulSet}`);
  const apiServers = called(`StatefulSet/${profile.apiServer.statefulSet}`);
  const maintenance = called(`Deployment/${profile.maintenance}`);
  const rest = workloads.filter((one) => one !== etcd && one !== apiServers && one !== maintenance);
  const here = rest.filter((one) => isController(one, names, namespace));
  const foreign = elsewhere.flatMap(({ object, ...place }) =>
    object === undefined ? [] : [{ ...place, object }],
  );
  const others = rest
    .filter((one) => !here.includes(one))
    .map((one): OtherWorkload => ({ name: nameOf(one), why: whyLeft(one, profile.apiServer.statefulSet) }));
  return { etcd, apiServers, controllers: [...here, ...foreign], maintenance, others };
}

function foundWorkloads(
  { etcd, apiServers, controllers, maintenance }: Sorted,
  given: Names,
): FoundWorkload[] {
  const parts: readonly (readonly [Part, readonly (Placed | undefined)[]])[] = [
    ["etcd", [etcd]],
    ["apiServers", [apiServers]],
    ["controllers", controllers],
    ["maintenance", [maintenance]],
  ];
  return parts.flatMap(([part, placed]) =>
    placed.flatMap((one) => (one === undefined ? [] : foundWorkload(part, one, given))),
  );
}

function foundWorkload(part: Part, placed: Placed, given: Names): FoundWorkload {
  const { ready, wanted } = readinessOf(placed);
  const { kind, object, namespace } = placed;
  return {
    name: nameOf(placed),
    part,
    ...(namespace === undefined ? {} : { namespace }),
    replicas: wanted > 0 ? wanted : (givenFor(placed, given) ?? 0),
    ready: Math.min(ready, wanted),
    selector: selectorText(object.spec.selector),
    ...(kind === "StatefulSet" ? { ordered: true } : {}),
    ...(part === "controllers" && isUnelected(object) ? { unelected: true } : {}),
  };
}

const isUnelected = ({ spec }: KubeWorkload): boolean =>
  spec.template?.spec?.containers?.some(worksUnelected) ?? false;

function refusalsOf(facts: WorkloadFacts, sorted: Sorted, given: Names): readonly (Refusal | undefined)[] {
  const { namespace, workloads } = facts;
  const { profile, members } = given.names;
  const sets = workloads
    .filter(({ kind }) => kind === "StatefulSet")
    .map(({ object }) => object.metadata.name);
  const set = (statefulSet: string, placed: Placed | undefined) => ({
    namespace,
    statefulSet,
    replicas: placed === undefined ? undefined : wantedReplicas(placed.object),
    near: nearest(sets, statefulSet),
  });
  const { apiServers, controllers } = sorted;
  return [
    judgeMembers({ ...set(profile.etcd.statefulSet, sorted.etcd), members }),
    judgeApiServers({
      ...set(profile.apiServer.statefulSet, apiServers),
      given: apiServers === undefined ? undefined : givenFor(apiServers, given),
    }),
    ...namedFacts(facts, given).map(judgeNamed),
    ...controllers.map((one) => judgeIdle(settingFor(one), wantedReplicas(one.object), givenFor(one, given))),
  ];
}

const settingFor = ({ kind, object, namespace }: Placed): string =>
  settingOf({ kind, name: object.metadata.name, ...(namespace === undefined ? {} : { namespace }) });

const givenFor = (placed: Placed, { request }: Names): number | undefined =>
  request.replicas?.[settingFor(placed)];

function namedFacts(facts: WorkloadFacts, { names }: Names): readonly NamedController[] {
  return namedControllers(names).map((setting) => {
    const parsed = parseWorkloadName(setting);
    const namespace = parsed?.namespace ?? facts.namespace;
    const here = namespace === facts.namespace;
    const known = here
      ? facts.workloads.map(nameOf)
      : facts.elsewhere
          .filter((one) => one.namespace === namespace && one.object !== undefined)
          .map(({ kind, name }) => `${kind}/${name}`);
    const isThere = parsed !== undefined && known.includes(`${parsed.kind}/${parsed.name}`);
    return { setting, namespace, isThere, others: here ? known : [] };
  });
}

/** For a person: what will be done about each that is not stopped. */
function otherNote({ name, why }: OtherWorkload): string {
  if (why === "idle") return `${name}: left, it is at 0 replicas`;
  if (why === "none") return `${name}: left, nothing in its Pod template names a kubeconfig`;
  const toStop = `pulumi config set --path 'overrides.controllers[0]' discover; pulumi config set --path 'overrides.controllers[1]' ${name}`;
  return `${name}: may watch the user cluster; left running, restarted at the end (to stop it before the swap: ${toStop})`;
}
