import type { Outcome } from "./outcome";
import type { Restorable } from "./restorable";

/** The ways out of an interrupted restore, as the README has them; "destroy twice" is a destroy that is killed itself. */
export const recoveries = ["up", "destroy", "destroy twice", "new stack", "resume", "undo"] as const;
export type Recovery = (typeof recoveries)[number];

const committed = new Set(["committed", "finished"]);

/**
 * Takes one way out and says which data must be there then: a commit is final, everything before it goes back or on,
 * as one likes.
 *
 * @param killed whether the run was, and so the stack is still locked. @throws Error when the way out itself fails
 */
export async function recover(
  stacks: Restorable,
  recovery: Recovery,
  id: string,
  killed: boolean,
): Promise<Outcome> {
  if (killed) await stacks.done("cancel", "--yes");
  const phase = await stacks.phase(id);
  switch (recovery) {
    case "up":
      return up(stacks);
    case "destroy":
      return destroy(stacks, id, phase);
    case "destroy twice":
      await destroyKilled(stacks);
      return destroy(stacks, id, phase);
    default:
      await stacks.done("stack", "rm", "--force", "--yes");
      return withoutStack(stacks, recovery, id, phase);
  }
}

async function up(stacks: Restorable): Promise<Outcome> {
  await stacks.done("up", "--yes", "--skip-preview");
  return "restored";
}

/** It is short when there is little to undo: then it ends before the request at which it would die. */
async function destroyKilled(stacks: Restorable): Promise<void> {
  stacks.faults.arm("kill", "*", 7);
  const { exitCode } = await stacks.pulumi("destroy", "--yes", "--skip-preview");
  stacks.faults.disarm();
  if (exitCode === undefined) await stacks.done("cancel", "--yes");
}

async function destroy(stacks: Restorable, id: string, phase: string): Promise<Outcome> {
  await stacks.done("destroy", "--yes", "--skip-preview");
  // The guard may have died before the engine wrote it down; then its ledger is all there is.
  if (!["", "finished", "undone"].includes(await stacks.phase(id))) await stacks.byLedger("undo", id);
  return committed.has(phase) ? "restored" : "previous";
}

/** The stack's state is lost. Without a ledger nothing was changed, and what is over cannot be done anew. */
async function withoutStack(
  stacks: Restorable,
  recovery: "new stack" | "resume" | "undo",
  id: string,
  phase: string,
): Promise<Outcome> {
  if (recovery === "undo") {
    if (phase !== "") await stacks.byLedger("undo", id);
    return committed.has(phase) ? "restored" : "previous";
  }
  const goesOn = phase !== "" && (recovery === "resume" || committed.has(phase));
  if (goesOn && (await resumed(stacks, id, phase))) return "restored";
  await stacks.restoreStack(id);
  return up(stacks);
}

/** @returns whether the ledger alone was enough: until all is staged, only a stack says which file the snapshot is */
async function resumed(stacks: Restorable, id: string, phase: string): Promise<boolean> {
  try {
    await stacks.byLedger("resume", id);
    return true;
  } catch (error) {
    if (phase === "open" && String(error).includes("its snapshot is known to its own stack alone"))
      return false;
    throw error;
  }
}
