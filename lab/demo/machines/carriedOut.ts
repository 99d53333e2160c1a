import { UserError } from "../../../components/errors";
import { tellStep } from "../restoring";
import type { MachineScene } from "./machineScene";
import type { StackConfig } from "./machineStacks";
import type { BackedUp } from "./prologue";

/** What a restore stack of a backup is told, beside the machines. */
export function restoreConfig(
  id: string,
  { snapshot, identityFile }: Pick<BackedUp, "snapshot" | "identityFile">,
): StackConfig {
  return {
    ...{ operation: "restore", "restore.id": id },
    ...{ "restore.snapshot": snapshot, "restore.identityFile": identityFile },
  };
}

/** How often `pulumi up` is run until a restore is done: a busy machine may not answer in time. */
const updatesAtMost = 4;

/** What happens in the middle. */
export interface Interludes {
  /** When a step has ended. */
  readonly onStep?: (name: string) => void;
  /** Before `pulumi up` is run again. */
  readonly onFailed?: () => Promise<void>;
}

/**
 * Runs `pulumi up` of the selected stack, and again where it stopped half-way, as an operator does.
 *
 * @returns how many it took
 */
export async function upToTheEnd(
  scene: MachineScene,
  { onStep, onFailed }: Interludes = {},
): Promise<number> {
  for (let update = 1; ; update += 1) {
    const { exitCode, screen } = await up(scene, onStep);
    if (exitCode === 0) return update;
    const said = diagnosticsOf(screen);
    if (update === updatesAtMost) throw new UserError(`pulumi up failed ${update} times, at last:\n${said}`);
    scene.account.say(`pulumi up ended with ${exitCode}:`);
    scene.account.quote(said);
    await onFailed?.();
    scene.account.say("pulumi up, once more");
  }
}

/** What Pulumi says at the end of an update that failed. */
export function diagnosticsOf(screen: string): string {
  const from = screen.indexOf("Diagnostics:");
  return (from < 0 ? screen : screen.slice(from)).replace(/\nResources:[\s\S]*$/, "").trimEnd();
}

/** Runs it once, tells its steps as they end, and returns how it ended. */
async function up(scene: MachineScene, onStep: (name: string) => void = () => undefined) {
  const startedAt = performance.now();
  return scene.stacks.run(["up", "--yes", "--skip-preview"], {
    onStep: (step) => {
      tellStep(scene.account, step, startedAt);
      onStep(step);
    },
  });
}

/** Whether another `pulumi up` of the selected stack leaves everything alone. */
export async function secondUp({ account, stacks }: MachineScene): Promise<"unchanged" | "changed"> {
  const { exitCode } = await stacks.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  account.check(
    exitCode === 0,
    `a second \`pulumi up --expect-no-changes\` changes ${exitCode === 0 ? "nothing" : "something: see pulumi.log"}`,
  );
  return exitCode === 0 ? "unchanged" : "changed";
}

/** Workloads that the report of the selected stack's restore names as held in quarantine. */
export async function quarantinedIn({ account, stacks }: MachineScene): Promise<string[]> {
  const { quarantine } = (await stacks.output("report")) as {
    readonly quarantine?: { readonly workloads: readonly { readonly name: string }[] };
  };
  const held = (quarantine?.workloads ?? []).map(({ name }) => name);
  account.say(`held in quarantine: ${held.join(", ") || "nothing"}`);
  return held;
}

/** Removes what the restore has put aside, for good, by a stack of its own. */
export async function finalize({ account, stacks }: MachineScene, id: string): Promise<void> {
  const stack = `end-${id}`;
  await stacks.create(stack, { operation: "restore", "restore.id": stack, "restore.finalize": id });
  await stacks.must(["up", "--yes", "--skip-preview"]);
  await stacks.remove(stack);
  account.say(`pulumi up --stack ${stack}: the previous data is removed`);
}
