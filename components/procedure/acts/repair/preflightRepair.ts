import type { Act, ActContext } from "../../act";
import { isUnderWay, judgeLock, usedBefore } from "../../judgements/lock";
import { judgeSameMember } from "../../judgements/repair";
import { demand, type Refusal } from "../../refusal";
import { inspectNeed } from "./need";
import { RepairScene } from "./scene";

/** What can be known of a repair before anything is made. */
export interface RepairInspection {
  /** Every reason not to go on, the gravest first. */
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
  /** Where each member's volume can be reached. */
  readonly places: Readonly<Record<string, string>>;
  /** As the substrate's judgement has it. */
  readonly like?: object;
  /** Newest revision that a member says; absent where it was not asked. */
  readonly liveRevision?: string;
}

/** Asks everything that can be asked before anything is made. Read-only. */
export const preflightRepair: Act = async (context) => {
  const { refusals, notes, places, like, liveRevision } = await inspectRepair(context);
  for (const note of notes) context.say(note);
  demand(...refusals);
  return {
    nodes: places,
    ...(like === undefined ? {} : { like }),
    ...(liveRevision === undefined ? {} : { liveRevision }),
  };
};

/** The same, as advice. @throws when something could not be asked, and nothing that was answered says why */
export async function inspectRepair(context: ActContext): Promise<RepairInspection> {
  const { id, ledger, substrate, request } = context;
  const scene = RepairScene.of(context, request.repair);
  const { record } = await ledger.read();
  const underWay = isUnderWay(record, id);
  const asked = { operation: "repair", id, request, underWay, recorded: {} } as const;
  const [judgement, used] = await Promise.all([substrate.judge(asked), substrate.ledger.past(id)]);
  const before = [
    ...judgement.refusals,
    judgeLock(record, { id, kind: ledger.kind, now: new Date() }, substrate.advice),
    used.fields === undefined ? undefined : usedBefore(id, ""),
    underWay ? judgeSameMember(record, request.repair) : undefined,
  ].filter((refusal) => refusal !== undefined);
  const { notes, places, like } = judgement;
  const found = { notes, places, ...(like === undefined ? {} : { like }) };
  // Under way already: what there was to say against it was said then. Who may not ask hears that alone.
  if (underWay || before.length > 0) return { refusals: before, ...found };
  const { refusals, liveRevision } = await inspectNeed(context, scene);
  return { refusals, ...found, liveRevision };
}
