import { ApiError } from "../access/apiError";
import { etcdVersionOf, kubernetesVersionOf } from "../procedure/judgements/imageVersion";
import { failed, type Refusal } from "../procedure/refusal";
import type { PreflightRequest } from "../procedure/request";
import type { Judgement } from "../procedure/substrate";
import { askAdmission } from "./facts/askAdmission";
import { askEncryption } from "./facts/askEncryption";
import { askNamespace } from "./facts/askNamespace";
import { askRights } from "./facts/askRights";
import { askService } from "./facts/askService";
import { askVolumes } from "./facts/askVolumes";
import type { HostedContext } from "./hostedContext";
import { judgeAdmission } from "./judgements/admission";
import { judgeRights } from "./judgements/allowed";
import { judgeClaim } from "./judgements/claims";
import { type ColdStartFacts, judgeColdStart, noteColdStart } from "./judgements/coldStart";
import { type EncryptionFacts, judgeEncryption, noteEncryption } from "./judgements/encryption";
import { judgeContainer, judgeMembers, judgeRepairable, judgeSubPath } from "./judgements/etcdSet";
import { judgeGeneration } from "./judgements/generation";
import { nearest } from "./judgements/nearest";
import { judgeNamespace } from "./judgements/reachable";
import { etcdContainer, judgeEtcdSet, judgeRollouts, type Said } from "./judgeSets";
import { kubectlText } from "./kubectlText";
import { podLikeOf } from "./podLike";
import { controllerRights, rightsOf } from "./rights";
import { otherNamespaces } from "./workloads/classify";
import { gatherSets, gatherWorkloads } from "./workloads/findWorkloads";
import { judgeFound } from "./workloads/judgeFound";
import { type KubeWorkload, wantedReplicas } from "./workloads/kubeWorkload";

/**
 * Asks everything of the admin cluster that can be asked before anything is made, all at once. Read-only.
 *
 * Who cannot ask, or may not, hears that alone: what else there is to say cannot be known.
 */
export async function judgeHosted(context: HostedContext, request: PreflightRequest): Promise<Judgement> {
  const namespaceAsked = askNamespace(context);
  const rightsAsked = settled(askAllRights(context, request));
  const restAsked = settled(askRest(context, request));
  const barred = judgeNamespace(await namespaceAsked);
  if (barred !== undefined) return alone(barred);
  const rights = await rightsAsked;
  if ("error" in rights) return alone(notAsked(context, rights.error));
  const denied = rights.value.find((refusal) => refusal !== undefined);
  if (denied !== undefined) return alone(denied);
  const rest = await restAsked;
  return "error" in rest ? alone(notLooked(context, rest.error)) : rest.value;
}

const alone = (refusal: Refusal): Judgement => ({ refusals: [refusal], notes: [], places: {} });

/** Keeps an error until it is asked for: another answer may say more. */
function settled<T>(asked: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  return asked.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

async function askAllRights(
  context: HostedContext,
  { operation }: PreflightRequest,
): Promise<readonly (Refusal | undefined)[]> {
  const { namespace, names } = context;
  const stops = operation === "restore" || operation === "rollback";
  const elsewhere = stops ? otherNamespaces(names, namespace) : [];
  const questions = [
    [namespace, rightsOf(operation)] as const,
    ...elsewhere.map((one) => [one, controllerRights] as const),
  ];
  return Promise.all(
    questions.map(async ([place, rights]) => judgeRights(place, await askRights(context, place, rights))),
  );
}

function notAsked({ access, namespace }: HostedContext, error: unknown): Refusal {
  if (!(error instanceof ApiError)) throw error;
  return failed(
    "rights-unknown",
    `adminKubeconfig: the admin cluster could not be asked for this user's rights: ${error.message}`,
    `Look: ${kubectlText(access)} auth can-i --list --namespace ${namespace}`,
  );
}

function notLooked({ access, namespace }: HostedContext, error: unknown): Refusal {
  if (!(error instanceof ApiError)) throw error;
  return failed(
    "cluster-unknown",
    `namespace ${namespace}: the admin cluster could not be asked: ${error.message}`,
    `Look: ${kubectlText(access)} get all --namespace ${namespace}`,
  );
}

async function askRest(context: HostedContext, request: PreflightRequest): Promise<Judgement> {
  const { names, namespace } = context;
  const { operation, underWay } = request;
  const stops = operation === "restore" || operation === "rollback";
  const member = operation === "repair" ? request.request.repair : undefined;
  const [workloads, service, volumes] = await Promise.all([
    stops ? gatherWorkloads(context) : gatherSets(context),
    askService(context),
    askVolumes(context, (name) => member === undefined || name === member),
  ]);
  const set = (name: string) =>
    workloads.workloads.find(({ kind, object }) => kind === "StatefulSet" && object.metadata.name === name)
      ?.object;
  const etcd = set(names.profile.etcd.statefulSet);
  const apiServers = set(names.profile.apiServer.statefulSet);
  const all = workloads.workloads
    .filter(({ kind }) => kind === "StatefulSet")
    .map(({ object }) => object.metadata.name);

  // Under way the restore itself has them at 0; what there was to say against them was said then.
  const replicas = etcd === undefined ? undefined : underWay ? names.members : wantedReplicas(etcd);
  const near = nearest(all, names.profile.etcd.statefulSet);
  const members = judgeMembers({
    namespace,
    statefulSet: names.profile.etcd.statefulSet,
    replicas,
    members: names.members,
    near,
  });
  const found = stops && !underWay ? judgeFound(workloads, context) : { refusals: [], notes: [] };
  const said: readonly Said[] = [
    {
      refusals: [member === undefined ? undefined : judgeRepairable(names.members, member), members],
      notes: [],
    },
    etcd === undefined ? nothing : ofEtcd(context, etcd, stops, service),
    { refusals: volumes.map(({ claim }) => judgeClaim(claim)), notes: [] },
    found,
    stops && !underWay ? judgeRollouts(context, [etcd, apiServers]) : nothing,
    stops && !underWay && apiServers !== undefined
      ? await ofEncryption(context, request, apiServers)
      : nothing,
  ];
  const places = volumes.flatMap(({ claim, node }) =>
    node === undefined ? [] : [[claim.member, node] as const],
  );
  const its = etcdContainer(context, etcd);
  const given = volumes.find(({ pullSecrets }) => pullSecrets.length > 0)?.pullSecrets ?? [];
  const template = etcd?.spec.template?.spec ?? {};
  const like = podLikeOf({ template, etcd: its, given, image: request.request.utilityImage });
  const admitted = underWay ? undefined : await askAdmission(context, like, request.request.utilityImage);
  const barred = judgeAdmission({ namespace, kubectl: kubectlText(context.access), said: admitted });
  const version = etcdVersionOf(its?.image);
  const images = (apiServers?.spec.template?.spec?.containers ?? []).map(({ image }) => image);
  const advanced =
    operation === "finalize" || underWay ? undefined : judgeGeneration(context, request, images);
  const kubernetes = images.map(kubernetesVersionOf).find((one) => one !== undefined);
  return {
    refusals: distinct([advanced, ...said.flatMap(({ refusals }) => refusals), barred]),
    notes: said.flatMap(({ notes }) => notes.filter((note) => note !== undefined)),
    places: Object.fromEntries(places),
    like,
    ...(version === undefined ? {} : { serverVersion: version }),
    ...(kubernetes === undefined ? {} : { kubernetesVersions: [kubernetes] }),
  };
}

const nothing: Said = { refusals: [], notes: [] };

function ofEtcd(
  context: HostedContext,
  etcd: KubeWorkload,
  stops: boolean,
  service: ColdStartFacts["service"],
): Said {
  const { namespace, names, operation } = context;
  const { statefulSet, container } = names.profile.etcd;
  const { containers = [], initContainers = [] } = etcd.spec.template?.spec ?? {};
  const its = etcdContainer(context, etcd);
  const named = judgeContainer(
    statefulSet,
    container,
    containers.map(({ name }) => name),
  );
  if (operation === "repair") {
    const part = its?.volumeMounts?.find(({ subPath }) => subPath !== undefined && subPath !== "");
    return { refusals: [named, judgeSubPath(statefulSet, part?.mountPath)], notes: [] };
  }
  if (!stops) return { refusals: [named], notes: [] };
  const cold: ColdStartFacts = {
    namespace,
    statefulSet,
    members: names.members,
    orderedReady: etcd.spec.podManagementPolicy !== "Parallel",
    probes: { startup: its?.startupProbe, liveness: its?.livenessProbe, readiness: its?.readinessProbe },
    beside: [
      ...containers.filter((one) => one !== its),
      ...initContainers.filter(({ restartPolicy }) => restartPolicy === "Always"),
    ],
    service,
  };
  return {
    refusals: [...judgeEtcdSet(context, etcd), named, judgeColdStart(cold)],
    notes: [noteColdStart(cold)],
  };
}

async function ofEncryption(
  context: HostedContext,
  { request }: PreflightRequest,
  apiServers: KubeWorkload,
): Promise<Said> {
  const wanted = request.snapshot?.encryption ?? [];
  if (wanted.length === 0) return nothing;
  const facts: EncryptionFacts = {
    namespace: context.namespace,
    statefulSet: apiServers.metadata.name,
    wanted,
    allowed: request.allowEncryption ?? [],
    known: await askEncryption(context, apiServers.spec.template?.spec ?? {}),
  };
  const refusal = judgeEncryption(facts);
  return { refusals: [refusal], notes: [refusal === undefined ? noteEncryption(facts) : undefined] };
}

/** Two subjects may see the same thing. */
function distinct(refusals: readonly (Refusal | undefined)[]): readonly Refusal[] {
  const byMessage = new Map<string, Refusal>();
  for (const refusal of refusals)
    if (refusal !== undefined && !byMessage.has(refusal.message)) byMessage.set(refusal.message, refusal);
  return [...byMessage.values()];
}
