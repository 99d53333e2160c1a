import { SshError } from "../access/ssh/sshError";
import { SshMachines } from "../access/ssh/sshMachines";
import { userAgent } from "../access/userAgent";
import { FailedError, UserError } from "../errors";
import type { StepArguments } from "../procedure/arguments";
import { errorOf } from "../procedure/refusal";
import type { Request } from "../procedure/request";
import type { Substrate } from "../procedure/substrate";
import type { NodesProfile } from "../profiles/nodesProfile";
import { nodesProfiles } from "../profiles/profiles";
import { etcdOnMachines } from "./etcdOnMachines";
import { type Answered, judgeAbsent } from "./judgements/absent";
import { etcdOf, isRefusal, judgeMachines } from "./judgements/machines";
import { judgeUnnamed } from "./judgements/unnamed";
import { judgeNodes } from "./judgeNodes";
import { lateMachines } from "./lateMachines";
import { ledgerFiles } from "./ledgerFiles";
import { askMachine, type MachineFacts } from "./machineFacts";
import { machineVolumes } from "./machineVolumes";
import { type NodesAccess, parseNodesAccess, targetsOf } from "./nodesAccess";
import { nodesAdvice } from "./nodesAdvice";
import type { Machines, NodesContext, NodesMember } from "./nodesContext";
import { nodesRepair } from "./nodesRepair";
import { nodesUserApi } from "./nodesUserApi";
import { type MachinePkiContext, machinePki } from "./pki/machinePki";
import { filesOf, type PodsOfMachine, podFile } from "./podsOfMachine";
import { fencedClient } from "./quarantine/fencedApi";
import { fencedCluster } from "./quarantine/fencedCluster";
import { nodesFence } from "./quarantine/nodesFence";
import { parseStaticPod, storagePrefixOf } from "./staticPod";
import { staticWorkloads } from "./staticWorkloads";

/**
 * The machines that a step's arguments name. Who the members are is read from their static Pods' manifests, wherever these
 * lie: a wrong name or URL breaks the restored cluster.
 *
 * @throws UserError when the arguments or a key cannot be used, or a machine is none of a control plane; SshError
 */
export function openNodes(
  args: Pick<StepArguments, "substrate"> & { readonly request?: Request },
  step: string,
  say: (line: string) => void,
): Promise<Substrate> {
  return withMachines(args, step, say, (parts, facts, close) => {
    const make = step === "undo" ? substrateOfUndo : substrateOf;
    return make({ ...parts, keys: keysOf(args.request) }, facts, close);
  });
}

/** Which keys a step is asked to bring back. */
type Keys = Pick<MachinePkiContext, "request" | "former">;
const keysOf = ({ pki, previousPki, rollback }: Request = {}): Keys => ({
  request: pki,
  former: previousPki === true ? rollback : undefined,
});

/**
 * Of machines that were away when the others were undone, the substrate is those alone.
 *
 * @throws UserError when a machine is not named that may have other data
 */
export async function substrateOfUndo(
  ...[parts, facts, closeMachines]: Parameters<typeof substrateOf>
): Promise<Substrate> {
  const names = parts.access.machines.map(({ name }) => name);
  const copies = await ledgerFiles(parts).read();
  const { absent = [] } = parts.access;
  const forgotten = judgeUnnamed(
    copies.map(({ fields }) => fields),
    [...names, ...absent.map(({ name }) => name)],
  );
  if (forgotten !== undefined) throw errorOf(forgotten);
  const late = lateMachines(new Map(names.map((name, n) => [name, copies[n]?.fields])));
  if (late.length === 0) return substrateOf(parts, facts, closeMachines);
  parts.say(`away when the others were undone, and undone now: ${late.join(", ")}`);
  const isLate = (name: string) => late.includes(name);
  const access = { ...parts.access, machines: parts.access.machines.filter(({ name }) => isLate(name)) };
  return substrateOf(
    { ...parts, access },
    facts.filter(({ machine }) => isLate(machine)),
    closeMachines,
  );
}

/** What is made of machines that have said what they are. */
type OfMachines<T> = (
  parts: Omit<NodesContext, "members">,
  facts: readonly MachineFacts[],
  closeMachines: () => void,
) => T | Promise<T>;

/** Connects to the machines, asks each what it is, and ends the connections where that fails. */
export async function withMachines<T>(
  args: Pick<StepArguments, "substrate">,
  step: string,
  say: (line: string) => void,
  make: OfMachines<T>,
): Promise<T> {
  const access = parseNodesAccess(args.substrate);
  const machines = await SshMachines.open(targetsOf(access), access);
  try {
    const profile = nodesProfiles[access.profile];
    if (step === "undo") await refuseAbsent(access, machines, profile);
    const facts = await allMachines(
      access.machines.map(({ name }) => askMachine({ machines, profile }, name)),
    );
    const parts = { machines, access, profile, userAgent: userAgent(step), say };
    return await make(parts, facts, () => machines.close());
  } catch (cause) {
    machines.close();
    throw cause;
  }
}

/** @throws UserError when an undo may not go without those that are said to be away */
async function refuseAbsent(
  { machines: present, absent = [] }: NodesAccess,
  machines: SshMachines,
  profile: NodesProfile,
): Promise<void> {
  if (absent.length === 0) return;
  const answers = absent.map(
    async ({ name }): Promise<readonly [string, Answered]> => [
      name,
      await askMachine({ machines, profile }, name).then(() => "there" as const, answeredBy),
    ],
  );
  const refusal = judgeAbsent(
    present.map(({ name }) => name),
    new Map(await Promise.all(answers)),
    profile.state,
  );
  if (refusal !== undefined) throw errorOf(refusal);
}

const answeredBy = (cause: unknown): Answered =>
  cause instanceof SshError && (cause.kind === "timeout" || cause.kind === "refused") ? "silent" : "unclear";

/** The parts of the substrate over these machines. @throws UserError when one is none of a control plane */
export function substrateOf(
  {
    keys,
    ...parts
  }: Omit<NodesContext, "members"> & {
    readonly machines: Machines;
    readonly keys?: Keys;
  },
  facts: readonly MachineFacts[],
  closeMachines: () => void,
): Substrate {
  const { access } = parts;
  const { context, pods } = contextOf(parts, facts);
  const ledger = ledgerFiles(context);
  const etcd = etcdOnMachines(context);
  const userApi = nodesUserApi(context);
  const inside = fencedCluster(() => fencedClient(context, pods));
  const pki = machinePki({ ...context, facts, request: undefined, ...keys });
  return {
    members: context.members,
    ledger,
    volumes: machineVolumes(context),
    etcd,
    workloads: staticWorkloads({ ...context, pods, ledger }),
    fence: nodesFence({ ...context, pods, ledger, cluster: inside }),
    budget: undefined,
    userApi,
    storagePrefix: async () =>
      storagePrefixOf(parseStaticPod(facts[0]?.manifests.get(parts.profile.apiServer.manifest) ?? "")),
    pki,
    repair: nodesRepair({ ...context, facts, pods, ledger }),
    advice: nodesAdvice(context),
    ...(access.absent === undefined ? {} : { absent: access.absent.map(({ name }) => name) }),
    names: JSON.stringify({
      profile: access.profile,
      machines: access.machines.map(({ name, host }) => ({ name, host })),
    }),
    async judge(asked) {
      const own = judgeNodes({ ...context, facts, pods }, { etcd, userApi }, asked);
      const [said, keys] = await Promise.all([own, pki.judge()]);
      return {
        ...said,
        refusals: [...said.refusals, ...keys.refusals],
        notes: [...said.notes, ...keys.notes],
      };
    },
    close() {
      userApi.close();
      inside.close();
      closeMachines();
    },
  };
}

/** The machines with what their manifests say. @throws UserError when one is none of a control plane, or is named twice */
export function contextOf(
  parts: Omit<NodesContext, "members">,
  facts: readonly MachineFacts[],
): { readonly context: NodesContext; readonly pods: readonly PodsOfMachine[] } {
  const wrong = judgeMachines(facts, parts.profile);
  if (wrong !== undefined) throw errorOf(wrong);
  const known = facts.flatMap((machine) => knownOf(machine, parts.profile));
  const context = { ...parts, members: known.map(({ member }) => member) };
  return { context, pods: known.map(({ pods }) => pods) };
}

/** A machine's member and static Pods; none of a machine that {@link judgeMachines} does not let pass. */
function knownOf(
  facts: MachineFacts,
  profile: NodesContext["profile"],
): readonly { readonly member: NodesMember; readonly pods: PodsOfMachine }[] {
  const etcd = etcdOf(facts, profile);
  if (isRefusal(etcd)) return [];
  const { machine, manifests } = facts;
  const files = filesOf(profile).flatMap((file) => {
    const pod = parseStaticPod(manifests.get(file) ?? "");
    return pod === undefined ? [] : [podFile(profile, file, pod, etcd.dataDirectory)];
  });
  return [{ member: etcd, pods: { machine, files } }];
}

/** What all machines say. Of several that cannot be asked all are named, so that one look mends them. */
async function allMachines<T>(asked: readonly Promise<T>[]): Promise<readonly T[]> {
  const answers = await Promise.allSettled(asked);
  const silent = answers.flatMap((answer) =>
    answer.status === "rejected" ? [answer.reason as unknown] : [],
  );
  const [first] = silent;
  if (first === undefined) return Promise.all(asked);
  if (!(first instanceof UserError)) throw first;
  throw withOthers(first, silent.slice(1));
}

/** The first error with the statements of the others behind its own; equal ones are said once. */
function withOthers(first: UserError, others: readonly unknown[]): UserError {
  const said = [...new Set([first, ...others].map((error) => statementOf(error)))];
  return said.length === 1 ? first : new FailedError(said.join("; "), first.remedy);
}

const statementOf = (error: unknown): string =>
  error instanceof UserError ? error.statement : (error as Error).message;
