import { buffer } from "node:stream/consumers";
import { errorOf, refused } from "../../procedure/refusal";
import { machineScript } from "../machineScripts";
import { answerOf, type NodesContext } from "../nodesContext";
import type { Called } from "./bundle";
import { KUBELET_PKI } from "./pkiPaths";

const STAY = "Leave keys as they are: pulumi config rm --path restore.pki";

/** How keys are spoken of that a restore has put aside on a machine. */
export const formerCalled = (machine: string, from: string): Called => ({
  named: `restore.pki.previous: the keys of machine ${machine} before restore ${from}`,
  source: `before restore ${from}`,
  instead: STAY,
});

/**
 * What a machine had for keys before a restore swapped them, as a bundle: a tar, in this process's memory.
 *
 * @param from id of that restore. @throws UserError when it put none aside
 */
export async function formerKeys(
  context: Pick<NodesContext, "machines" | "profile">,
  machine: string,
  from: string,
): Promise<Buffer> {
  const staged = await answerOf(context, machine, "pki-staged", from);
  if (staged.trim() === "") {
    const what = `restore.pki.previous: restore ${from} has swapped no keys on machine ${machine}`;
    throw errorOf(refused("pki-none-previous", what, STAY));
  }
  const { machines, profile } = context;
  return buffer(await machines.receive(machine, machineScript(profile, "pki-former", from, KUBELET_PKI)));
}
