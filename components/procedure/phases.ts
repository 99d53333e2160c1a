import type { Operation } from "./arguments";
import type { Phase } from "./phase";

export type { Effect, Group, Phase } from "./phase";

/**
 * The table of phases: the one place that knows the order of an operation.
 *
 * The graph declares a resource for each row (and for each member where it says so), `etcd-recovery resume` runs the rows
 * after the guard, undo walks them backwards, the ledger's phases are those of the columns `from` and `to`, and the
 * documentation's table and the demo's account are printed from here. What a row does is in acts/.
 *
 * A new substrate provides the interface of substrate.ts; no row changes for it.
 */
const day = 24 * 60;

const preflight: Phase = {
  act: "preflight",
  where: "operator",
  after: [],
  request: true,
  gate: "rights, volumes, versions, keys, need; this id is new; no other restore is open",
  minutes: 5,
};
const utilityPods: Phase = {
  act: "utility",
  where: "member",
  resource: true,
  gate: "something that can work on the member's volume",
  minutes: 5,
};
const guard: Phase = {
  act: "guard",
  where: "operator",
  request: true,
  from: ["open"],
  to: "open",
  gate: "the lock is ours, the ledger is written; its deletion undoes",
  // What undoes may wait for minutes each: for what works on the volumes, for servers to end, for servers to start.
  minutes: 60,
};
const commit: Phase = {
  act: "commit",
  where: "operator",
  from: ["started"],
  to: "committed",
  gate: "from here nothing goes back by itself",
  minutes: 5,
};
const release: Phase = {
  act: "release",
  where: "operator",
  group: "Return",
  from: ["committed"],
  to: "finished",
  advancesItself: true,
  gate: "all as found; nothing of ours is left; the previous data stays",
  minutes: 30,
};

/** Of an operation that opens no ledger. */
const releaseOnly: Phase = {
  act: "release",
  where: "operator",
  request: true,
  gate: release.gate,
  minutes: release.minutes,
};

/** How all members get the data that they start with; the rows between the guard and the last look. */
function staging(source: "bind-snapshot" | "locate-previous"): readonly Phase[] {
  return [
    {
      act: source,
      where: "operator",
      from: ["open"],
      bySnapshot: true,
      request: true,
      gate:
        source === "bind-snapshot"
          ? "same cluster, fitting version and keys; digest and revision bump are in the ledger"
          : "one member's previous data is chosen; its digest and the revision bump are in the ledger",
      minutes: source === "bind-snapshot" ? 10 : 60,
    },
    {
      act: "transfer",
      where: "member",
      group: "StagedMember",
      from: ["open"],
      bySnapshot: true,
      request: true,
      effect: { kind: "stage" },
      gate: "the snapshot is on the volume, length and digest checked there",
      minutes: day,
    },
    {
      act: "stage",
      where: "member",
      group: "StagedMember",
      from: ["open"],
      bySnapshot: true,
      request: true,
      effect: { kind: "stage" },
      gate: "restored beside the live data, complete and durable",
      minutes: day,
    },
    {
      act: "confirm",
      where: "operator",
      from: ["open"],
      to: "staged",
      advancesItself: true,
      request: true,
      gate: "all members staged from one snapshot into one cluster; still needed; what is found is in the ledger",
      // What is staged no more is sent once more.
      minutes: day,
    },
  ];
}

const swapAndStart: readonly Phase[] = [
  {
    act: "save-pdb",
    where: "operator",
    group: "Quiesce",
    from: ["staged"],
    gate: "the budget is in the ledger",
    minutes: 5,
  },
  {
    act: "stop-controllers",
    where: "operator",
    group: "Quiesce",
    from: ["staged", "quiesced"],
    to: "quiesced",
    advancesItself: true,
    effect: { kind: "stop", part: "controllers" },
    gate: "the quorum is asked once more; no controller lives",
    minutes: 10,
  },
  {
    act: "remove-pdb",
    where: "operator",
    group: "Quiesce",
    after: ["stop-controllers"],
    from: ["quiesced"],
    effect: { kind: "budget" },
    gate: "no budget",
    minutes: 5,
  },
  {
    act: "scale-down-maintenance",
    where: "operator",
    group: "Quiesce",
    after: ["stop-controllers"],
    from: ["quiesced"],
    effect: { kind: "stop", part: "maintenance" },
    gate: "no maintenance of etcd lives",
    minutes: 10,
  },
  {
    act: "scale-down-apiservers",
    where: "operator",
    group: "Quiesce",
    after: ["remove-pdb", "scale-down-maintenance"],
    from: ["quiesced"],
    mark: "stopping",
    effect: { kind: "stop", part: "apiServers" },
    gate: "no API server lives: here the outage begins",
    minutes: 10,
  },
  {
    act: "scale-down-etcd",
    where: "operator",
    group: "Quiesce",
    after: ["remove-pdb", "scale-down-maintenance"],
    from: ["quiesced"],
    mark: "stopping",
    effect: { kind: "stop", part: "etcd" },
    gate: "no member lives",
    minutes: 10,
  },
  {
    act: "swap",
    where: "member",
    group: "Swap",
    after: ["scale-down-apiservers", "scale-down-etcd"],
    from: ["quiesced", "swapped"],
    to: "swapped",
    advancesItself: true,
    effect: { kind: "swap" },
    gate: "two renames on the member's volume; all members or none",
    minutes: 30,
  },
  {
    act: "scale-up-etcd",
    where: "operator",
    group: "Start",
    from: ["swapped", "started"],
    to: "started",
    advancesItself: true,
    effect: { kind: "start", part: "etcd" },
    gate: "nothing of ours holds a volume; all members answer as a set",
    minutes: 10,
  },
  {
    act: "verify-etcd",
    where: "operator",
    group: "Start",
    from: ["started"],
    gate: "one cluster, the staged one; equal hashes, no alarm, writable, revision ahead of every client",
    minutes: 10,
  },
  {
    act: "scale-up-apiservers",
    where: "operator",
    group: "Start",
    from: ["started"],
    mark: "serving",
    effect: { kind: "start", part: "apiServers" },
    gate: "the cluster's own address answers: here the outage ends",
    minutes: 10,
  },
  commit,
  {
    act: "start-controllers",
    where: "operator",
    group: "Return",
    after: ["commit"],
    from: ["committed"],
    effect: { kind: "start", part: "controllers" },
    gate: "controllers are at work: their leases are renewed",
    minutes: 15,
  },
  {
    act: "scale-up-maintenance",
    where: "operator",
    group: "Return",
    after: ["commit"],
    from: ["committed"],
    effect: { kind: "start", part: "maintenance" },
    gate: "maintenance as found",
    minutes: 10,
  },
  {
    act: "restore-pdb",
    where: "operator",
    group: "Return",
    after: ["commit"],
    from: ["committed"],
    gate: "the budget as found, compared field by field",
    minutes: 5,
  },
  { ...release, after: ["start-controllers", "scale-up-maintenance", "restore-pdb"] },
];

/** One member beside a living quorum is replaced; no part is stopped. */
const repairAfterGuard: readonly Phase[] = [
  {
    act: "hold-member",
    where: "operator",
    from: ["open", "quiesced"],
    to: "quiesced",
    advancesItself: true,
    effect: { kind: "member" },
    gate: "its data is put aside, its place is blocked",
    minutes: 60,
  },
  {
    act: "replace-member",
    where: "operator",
    from: ["quiesced"],
    effect: { kind: "member" },
    gate: "etcd has forgotten its old id and has a new one",
    minutes: 10,
  },
  {
    act: "seed-member",
    where: "operator",
    from: ["quiesced"],
    effect: { kind: "member" },
    gate: "its new log is made",
    minutes: 60,
  },
  {
    act: "adopt-member",
    where: "operator",
    from: ["quiesced", "swapped"],
    to: "swapped",
    effect: { kind: "member" },
    gate: "the new log is in its place",
    minutes: 60,
  },
  {
    act: "await-member",
    where: "operator",
    from: ["swapped", "started"],
    to: "started",
    gate: "it has joined and caught up",
    minutes: 20,
  },
  {
    act: "verify-member",
    where: "operator",
    from: ["started"],
    gate: "equal hashes at one revision while clients write; it takes writes",
    minutes: 10,
  },
  commit,
  { ...release, after: ["commit"] },
];

const removePrevious: Phase = {
  act: "remove-previous",
  where: "operator",
  request: true,
  gate: "etcd is healthy; what the named restore put aside is gone from every volume",
  minutes: 60,
};

/** Every operation as its list of phases. */
export const phasesOf: Readonly<Record<Operation, readonly Phase[]>> = {
  restore: [preflight, utilityPods, guard, ...staging("bind-snapshot"), ...swapAndStart],
  rollback: [preflight, utilityPods, guard, ...staging("locate-previous"), ...swapAndStart],
  repair: [preflight, utilityPods, guard, ...repairAfterGuard],
  finalize: [preflight, utilityPods, removePrevious, releaseOnly],
};

/** The row of an act. */
export function phaseOf(operation: Operation, act: string): Phase | undefined {
  return phasesOf[operation].find((phase) => phase.act === act);
}

/** Names of the acts that must be done right before this row. */
export function predecessors(operation: Operation, phase: Phase): readonly string[] {
  if (phase.after !== undefined) return phase.after;
  const rows = phasesOf[operation];
  const above = rows[rows.indexOf(phase) - 1];
  return above === undefined ? [] : [above.act];
}

/** The steps from the guard on, in order: they read the ledger, and can be run without the stack. */
export function stepsAfterGuard(operation: Operation): readonly Phase[] {
  const rows = phasesOf[operation];
  const from = rows.findIndex(({ act }) => act === "guard" || act === "remove-previous");
  return rows.slice(from + 1).filter(({ resource }) => resource !== true);
}
