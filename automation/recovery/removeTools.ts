import { openSubstrate } from "../../components/openSubstrate";
import type { StepArguments } from "../../components/procedure/arguments";

/** Removes what an operation made for itself: its utility Pods, their scripts, their wall. With a stack, Pulumi does it. */
export async function removeTools(args: StepArguments): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const substrate = await openSubstrate(args, "remove-tools", say);
  try {
    await substrate.volumes.removeAll();
    say(`utility Pods of restore ${args.id} removed`);
  } finally {
    substrate.close();
  }
}
