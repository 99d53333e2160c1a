import type { EngineEvent } from "@pulumi/pulumi/automation";
import {
  previewRestore,
  type RestoreResult,
  type RestoreSettings,
  runRestore,
  type UpdateOptions,
} from "../../automation/driver";
import { resourceName, UpdateEvents } from "../../automation/updateEvents";
import { UserError } from "../../components/errors";
import { phasesOf } from "../../components/procedure/phases";
import type { Account } from "./account";
import { type Scene, updateOptions } from "./scene";

/** A restore that has been carried out. */
export interface Carried {
  readonly settings: RestoreSettings;
  readonly options: UpdateOptions;
  readonly result: RestoreResult;
  /** Milliseconds of `performance.now()`. */
  readonly startedAt: number;
}

/** Shows what a restore would do, in Pulumi's own words. */
export async function showPreview(scene: Scene, stack: string, settings: RestoreSettings): Promise<void> {
  scene.account.say(`pulumi preview --stack ${stack}`);
  const preview = await previewRestore(settings, updateOptions(scene, stack));
  const isPlan = (line: string) => line.trim() !== "" && !line.startsWith("@ ");
  scene.account.quote(preview.text.split("\n").filter(isPlan).join("\n"));
}

/** Carries out a restore and tells its steps as they end. `onStep` hears each step's resource name. */
export async function carryOut(
  scene: Scene,
  stack: string,
  settings: RestoreSettings,
  onStep: (name: string) => void = () => undefined,
): Promise<Carried> {
  const options = updateOptions(scene, stack);
  const { reason } = settings.restore;
  scene.account.say(
    `pulumi up --stack ${stack}${reason === undefined ? "" : ` (restore.reason: ${reason})`}`,
  );
  let startedAt = performance.now();
  const result = await runRestore(settings, {
    ...options,
    onEvent: (event) => {
      // The stack is opened before; the update itself begins here.
      if (event.preludeEvent !== undefined) startedAt = performance.now();
      const step = endedStep(event);
      if (step === undefined) return;
      tellStep(scene.account, step, startedAt);
      onStep(step);
    },
  });
  return { settings, options, result, startedAt };
}

/** Runs the same update again. Returns the resources that it did not leave alone. */
export async function upAgain({ settings, options }: Carried): Promise<string[]> {
  const touched = new UpdateEvents();
  try {
    await runRestore(settings, {
      ...options,
      expectNoChanges: true,
      onEvent: (event) => touched.add(event),
    });
    return [];
  } catch (error) {
    const names = touched.resources.map(({ name, operation }) => `${operation} ${name}`);
    if (error instanceof UserError && names.length > 0) return names;
    throw error;
  }
}

/** Tells that a step has ended, and what holds now. @param startedAt of its update, by `performance.now()` */
export function tellStep(account: Account, step: string, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1000;
  account.quote(`${seconds.toFixed(1).padStart(5)} s  ${step.padEnd(34)} ${gateOf(step)}`.trimEnd());
}

/** What holds when a step of a restore is done, as the table of phases says it. */
function gateOf(step: string): string {
  return phasesOf.restore.find(({ act }) => step.endsWith(`-${act}`))?.gate ?? "";
}

/** Name of the resource that has just been made; components and providers do nothing themselves. */
function endedStep({ resOutputsEvent }: EngineEvent): string | undefined {
  if (resOutputsEvent === undefined || resOutputsEvent.planning === true) return undefined;
  const { op, type, urn } = resOutputsEvent.metadata;
  const acts = type.startsWith("command:") || type.startsWith("kubernetes:");
  return acts && (op === "create" || op === "create-replacement") ? resourceName(urn) : undefined;
}
