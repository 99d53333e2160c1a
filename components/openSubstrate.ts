import { openSubstrate as openHosted } from "./hosted/openSubstrate";
import { openNodes } from "./nodes/openNodes";
import type { StepArguments } from "./procedure/arguments";
import type { Substrate } from "./procedure/substrate";

/** The cluster that a step's arguments name, whatever its members live on. @throws as the substrate's own does */
export function openSubstrate(
  args: StepArguments,
  step: string,
  say: (line: string) => void,
): Promise<Substrate> {
  return args.substrate.kind === "nodes" ? openNodes(args, step, say) : openHosted(args, step, say);
}
