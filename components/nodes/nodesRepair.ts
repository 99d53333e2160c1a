import { createHash } from "node:crypto";
import type { MemberRepair, Seed } from "../procedure/memberRepair";
import { errorOf, failed, type Refusal, refused } from "../procedure/refusal";
import type { Permit } from "../procedure/substrate";
import { waitUntil } from "../procedure/waiting";
import { type LedgerDigests, underJudgedLedger } from "./judgedLedger";
import type { MachineFacts } from "./machineFacts";
import { machineScript } from "./machineScripts";
import { memberOf } from "./machineVolumes";
import { nodesAdvice } from "./nodesAdvice";
import { answerOf, MachineScriptError, type NodesContext, wordsOf } from "./nodesContext";
import { type PodStatus, statusOf } from "./podStatus";
import type { PodFile, PodsOfMachine } from "./podsOfMachine";
import { SEED, seedManifest } from "./seedManifest";

/** Longest waits in seconds: for an etcd to end by itself, and for it to be gone after it was ended. */
const graceSeconds = 10;
const goneSeconds = 60;
const SEED_SECONDS = 90;
/** Longer than the seed's own grace. */
const SEED_GRACE_SECONDS = "15";
const LOG_BYTES = "16384";

/** What a repair needs beside the machines. */
export interface NodesRepairContext extends NodesContext {
  readonly facts: readonly MachineFacts[];
  readonly pods: readonly PodsOfMachine[];
  readonly ledger: LedgerDigests;
}

/**
 * The repair of one member that is a static Pod of a machine. Its instance is ended by its manifest, which is parked; it is
 * given back when its etcd can serve, since a kubelet waits the longer the more often a container has failed. A seed is a
 * static Pod beside it; what the kubelet reads of that lies in memory.
 */
export function nodesRepair(context: NodesRepairContext): MemberRepair {
  const { profile } = context;
  const seedFacts = async (member: string) =>
    wordsOf(await answerOf(context, member, "seed", memberOf(context, member).dataDirectory));
  return {
    async endInstance(member, permit, held) {
      const move: Move = (script) => moveEtcd(context, script, member, permit);
      await endInstance(context, member, move);
      if (held === undefined) await startInstance(context, member, move);
    },
    // A seed here is a Pod of its own.
    awaitInstance: async () => undefined,
    hasSeed: async (member) => (await seedFacts(member)).some(([fact]) => fact === "there"),
    startSeed: (member, seed, permit) => startSeed(context, member, seed, permit),
    seedEnded: async (member) => (await seedFacts(member)).some(([fact]) => fact === "ended"),
    async seedSaid(member) {
      try {
        const log = await answerOf(context, member, "log", SEED, LOG_BYTES, "");
        const last = log.split("\n").filter((line) => line !== "");
        if (last.length > 0) return last.slice(-3).join(" ");
        return `no container of it has said anything: does the kubelet of machine ${member} run, and read ${profile.manifests}?`;
      } catch (error) {
        return `its log could not be read: ${(error as Error).message}`;
      }
    },
  };
}

/** Whether another etcd will be made when the member's own is ended. */
export async function judgeInstance(
  context: Pick<NodesRepairContext, "machines" | "profile" | "pods">,
  member: string,
): Promise<readonly Refusal[]> {
  const { wanted, parked, file } = await etcdStatus(context, member);
  if (wanted) return [];
  const { manifests, state } = context.profile;
  const where = parked ? `lies in ${state}/parked` : "is gone since it was read";
  return [
    refused(
      "instance-absent",
      `machine ${member}: ${manifests}/${file} ${where}: the kubelet starts no etcd there`,
      parked ? `There: sudo mv ${state}/parked/${file} ${manifests}/` : `Put it back: ls ${manifests}`,
    ),
  ];
}

/** Never two etcds on one directory: when this is over, nothing has the member's data open. */
async function endInstance(context: NodesRepairContext, member: string, move: Move): Promise<void> {
  await answerOf(context, member, "end-seed", SEED_GRACE_SECONDS);
  await move("park");
  const { done } = await waitUntil(() => isGone(context, member), { seconds: graceSeconds, every: 0.3 });
  if (!done) await endAtOnce(context, member, move);
}

async function startInstance(context: NodesRepairContext, member: string, move: Move): Promise<void> {
  await move("unpark");
  const [refusal] = await judgeInstance(context, member);
  if (refusal !== undefined) throw errorOf(refusal);
}

async function endAtOnce(context: NodesRepairContext, member: string, move: Move): Promise<void> {
  await move("end");
  let living: readonly string[] = [];
  const gone = async () => {
    living = await livingOf(context, member);
    return living.length === 0;
  };
  const { done, unasked } = await waitUntil(gone, { seconds: goneSeconds, every: 0.5 });
  if (done) return;
  throw errorOf(
    failed(
      "instance-stays",
      `${member}: its etcd is not gone after ${graceSeconds + goneSeconds} s: ${unasked ?? living.join(", ")}`,
      `${nodesAdvice(context).lookAtMember(member)}; end that process, then 'pulumi up' goes on.`,
    ),
  );
}

const isGone = async (context: NodesRepairContext, member: string): Promise<boolean> =>
  (await livingOf(context, member)).length === 0;

/** What of the member's etcds lives, a phrase each: by the runtime, and by the locks on its data, also put aside. */
async function livingOf(context: NodesRepairContext, member: string): Promise<readonly string[]> {
  const { dataDirectory } = memberOf(context, member);
  const [{ instances }, seed] = await Promise.all([
    etcdStatus(context, member),
    answerOf(context, member, "seed", dataDirectory),
  ]);
  const locks = wordsOf(seed).filter(([fact]) => fact === "locked");
  return [...instances, ...locks.map(([, path]) => `process with a lock on ${path}`)];
}

/** Late, it would run beside what an undo has put back. @throws MachineScriptError */
async function startSeed(
  context: NodesRepairContext,
  member: string,
  seed: Seed,
  permit: Permit,
): Promise<void> {
  const { facts, profile, machines } = context;
  const own = memberOf(context, member);
  const manifest = facts.find(({ machine }) => machine === member)?.manifests.get(profile.etcd.manifest);
  const attempt = String(Math.floor(Date.now() / 1000));
  const text = seedManifest(manifest ?? "", profile.etcd, own, seed, attempt);
  const digest = createHash("sha256").update(text).digest("hex");
  const directory = `${own.dataDirectory}/${seed.directory}`;
  const its = context.pods.filter(({ machine }) => machine === member);
  await underJudgedLedger(context.ledger, permit, its, async ({ machine }, judged) => {
    const script = machineScript(profile, "start-seed", directory, digest, judged);
    const { code, stderr } = await machines.run(machine, script, SEED_SECONDS, text);
    if (code !== 0) throw new MachineScriptError(machine, code, stderr.trim());
  });
}

/** One of the scripts by which workloads are stopped and started, for the member's etcd. Twice does no harm. */
type Move = (script: "park" | "unpark" | "end") => Promise<void>;

/** A late part of a killed run moves nothing: what is parked then would stay so. */
const moveEtcd = (
  context: NodesRepairContext,
  script: "park" | "unpark" | "end",
  member: string,
  permit: Permit,
) =>
  underJudgedLedger(
    context.ledger,
    permit,
    context.pods.filter(({ machine }) => machine === member),
    async ({ machine, files }, digest) => {
      const { file, container } = etcdFile({ machine, files });
      await answerOf(context, machine, script, file, digest, container);
    },
  );

async function etcdStatus(
  context: Pick<NodesRepairContext, "machines" | "profile" | "pods">,
  member: string,
): Promise<PodStatus> {
  const pods = context.pods.find(({ machine }) => machine === member);
  if (pods === undefined) throw new TypeError(`there is no machine ${member}`);
  const [status] = await statusOf(context, { machine: member, files: [etcdFile(pods)] });
  if (status === undefined) throw new TypeError("every Pod that is asked for has a status");
  return status;
}

function etcdFile({ machine, files }: PodsOfMachine): PodFile {
  const etcd = files.find(({ part }) => part === "etcd");
  if (etcd === undefined) throw new TypeError(`machine ${machine} has no etcd`);
  return etcd;
}
