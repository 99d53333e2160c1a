import { resolve } from "node:path";
import type { LabStacks } from "../support/labStack";
import type { Outcome } from "./outcome";

/** The ways out of a killed restore, as the README has them. */
export const recoveries = ["up", "destroy", "new stack", "undo"] as const;
export type Recovery = (typeof recoveries)[number];

const cli = resolve(__dirname, "..", "..", "bin", "etcd-recovery.js");

/** Phase of the ledger of restore `id`; empty when it has none. */
export async function ledgerPhase(stacks: LabStacks, id: string): Promise<string> {
  const argv = [
    "-n",
    "uc1",
    "get",
    "configmap",
    "etcd-recovery",
    "--ignore-not-found",
    "-o",
    "jsonpath={.data.id} {.data.phase}",
  ];
  const [holder, phase = ""] = (await stacks.lab.kubectl(argv)).stdout.split(" ");
  return holder === id ? phase : "";
}

/**
 * Takes one way out and says which data must be there then: a commit is final, everything before it goes back.
 *
 * @throws Error when the way out itself fails
 */
export async function recover(
  stacks: LabStacks,
  recovery: Recovery,
  id: string,
  settings: Record<string, string>,
): Promise<Outcome> {
  await stacks.done("cancel", "--yes");
  const phase = await ledgerPhase(stacks, id);
  const committed = phase === "committed" || phase === "finished";
  if (recovery === "up") {
    await stacks.done("up", "--yes", "--skip-preview");
    return "restored";
  }
  if (recovery === "new stack" && !committed) {
    await stacks.done("stack", "rm", "--force", "--yes");
    await stacks.restoreStack(id, settings);
    await stacks.done("up", "--yes", "--skip-preview");
    return "restored";
  }
  if (recovery !== "undo") await stacks.done("destroy", "--yes", "--skip-preview");
  // The guard may have died before the engine wrote it down; then its ledger is all there is.
  if (phase !== "") await undo(stacks);
  return committed ? "restored" : "previous";
}

async function undo(stacks: LabStacks): Promise<void> {
  const { adminKubeconfig } = stacks.lab;
  await stacks.lab.run(["node", cli, "undo", "--admin-kubeconfig", adminKubeconfig, "--namespace", "uc1"]);
}
