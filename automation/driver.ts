import type { EngineEvent, OpMap, OutputMap, Stack, UpOptions } from "@pulumi/pulumi/automation";
import { UserError } from "../components/errors";
import type { FinalizeReport } from "../components/restore/finalizeReport";
import type { RestoreReport } from "../components/restore/restoreReport";
import { type BackupSettings, checkedSettings, type RestoreSettings } from "./settings";
import { type StackOptions, type StackSettings, withStack } from "./stackWorkspace";
import { type ResourceChange, UpdateEvents } from "./updateEvents";
import { updateFailure } from "./updateFailure";

export type {
  BackupSettings,
  HostedBackupSettings,
  HostedRestoreSettings,
  MachinesBackupSettings,
  MachinesRestoreSettings,
  RestoreSettings,
} from "./settings";
export type { ResourceChange, StackOptions };

/** How one update is watched and bounded. */
export interface UpdateOptions extends StackOptions {
  /** Receives Pulumi's own text as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Receives every event of the engine. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** Fail when anything would change. Default false. */
  readonly expectNoChanges?: boolean;
  /** Aborting it interrupts Pulumi, which finishes the step at hand and records the state. */
  readonly signal?: AbortSignal;
}

/** What every update says of itself. */
export interface UpdateResult {
  /** Count of resources by operation, e.g. `{create: 22}` or `{same: 22}`. */
  readonly changes: OpMap;
  /** Resources that are not left as they were, in the order in which the engine came to them. */
  readonly resources: readonly ResourceChange[];
  readonly warnings: readonly string[];
  /** Pulumi's own text. */
  readonly text: string;
  /** From the start of the `pulumi` command to the engine's end. */
  readonly seconds: number;
}

/** A completed restore. */
export interface RestoreResult extends UpdateResult {
  readonly report: RestoreReport;
}

/** A completed removal of previous data. */
export interface FinalizeResult extends UpdateResult {
  readonly report: FinalizeReport;
}

/** A taken backup. */
export interface BackupResult extends UpdateResult {
  /** Path of the snapshot in the store, or its address in a bucket. */
  readonly snapshot: string;
  /** The same of its manifest. */
  readonly manifest: string;
  /** Newest revision in it, in decimal. */
  readonly revision: string;
}

/** Takes a backup; one whose generation was taken before takes none and gives the same answer. Throws UserError. */
export async function runBackup(settings: BackupSettings, options: UpdateOptions): Promise<BackupResult> {
  const { outputs, ...result } = await up(checkedSettings("backup", settings), options);
  const text = (name: string) => String(outputs[name]?.value ?? "");
  return { ...result, snapshot: text("snapshot"), manifest: text("manifest"), revision: text("revision") };
}

/** Says what {@link runRestore} would do; changes nothing but that the stack then exists. Throws UserError. */
export async function previewRestore(
  settings: RestoreSettings,
  options: UpdateOptions,
): Promise<UpdateResult> {
  const config = checkedSettings("restore", settings);
  const { answer, ...result } = await update("preview", config, options, (stack, watch) =>
    stack.preview(watch),
  );
  return { ...result, text: answer.stdout };
}

/**
 * Carries out a restore, or goes on with one that stopped half-way; one that has completed is left as it is.
 *
 * @throws UserError that names the failed step and what to do; the stack then holds what was done, for another
 *   `runRestore` or for {@link undoRestore}
 */
export async function runRestore(settings: RestoreSettings, options: UpdateOptions): Promise<RestoreResult> {
  const { outputs, ...result } = await up(checkedSettings("restore", settings), options);
  return { ...result, report: outputs.report?.value as RestoreReport };
}

/** Removes what the restore `settings.restore.finalize` put aside on every member's volume. Throws UserError. */
export async function finalizeRestore(
  settings: RestoreSettings,
  options: UpdateOptions,
): Promise<FinalizeResult> {
  const { outputs, ...result } = await up(checkedSettings("restore", settings), options);
  return { ...result, report: outputs.report?.value as FinalizeReport };
}

/**
 * Ends a restore stack: before the restore was committed this puts everything back as it was found, afterwards it
 * only removes the utility Pods and what they needed. Throws UserError, also when there is no such stack.
 */
export async function undoRestore(options: UpdateOptions): Promise<UpdateResult> {
  const { answer, ...result } = await update("destroy", undefined, options, (stack, watch) => {
    const { expectNoChanges: _, ...rest } = watch;
    return stack.destroy(rest);
  });
  return { ...result, text: answer.stdout };
}

/** Removes a stack that holds no resources any more, with its history. Throws UserError. */
export async function removeStack(options: StackOptions): Promise<void> {
  await update("stack rm", undefined, options, (stack) => stack.workspace.removeStack(stack.name));
}

/** Frees the lock of an update that was killed. Throws UserError. */
export async function cancelUpdate(options: StackOptions): Promise<void> {
  await update("cancel", undefined, options, (stack) => stack.cancel());
}

async function up(
  config: StackSettings,
  options: UpdateOptions,
): Promise<UpdateResult & { readonly outputs: OutputMap }> {
  const { answer, ...result } = await update("up", config, options, (stack, watch) => stack.up(watch));
  return { ...result, text: answer.stdout, outputs: answer.outputs };
}

/** Options of the Automation API that every update takes. */
type Watch = Pick<UpOptions, "onOutput" | "onEvent" | "expectNoChanges" | "signal" | "color">;

/** Runs one command on the stack. With a configuration the stack is made when it does not exist. */
async function update<T>(
  action: string,
  config: StackSettings | undefined,
  options: UpdateOptions,
  run: (stack: Stack, watch: Watch) => Promise<T>,
): Promise<Omit<UpdateResult, "text"> & { readonly answer: T }> {
  if (typeof options?.stack !== "string" || options.stack === "")
    throw new UserError(`pulumi ${action}: the option stack is required.`, 'Give a name: { stack: "NAME" }');
  const events = new UpdateEvents();
  try {
    return await withStack(options, config, async (stack) => {
      const startedAt = performance.now();
      const answer = await run(stack, watchOf(options, events));
      const endedAt = events.endedAt ?? performance.now();
      const { changes = {}, resources, warnings } = events;
      return { answer, changes, resources, warnings, seconds: (endedAt - startedAt) / 1000 };
    });
  } catch (cause) {
    throw updateFailure(action, options.stack, events, cause);
  }
}

function watchOf(options: UpdateOptions, events: UpdateEvents): Watch {
  return {
    color: "never",
    onEvent: (event) => {
      events.add(event);
      options.onEvent?.(event);
    },
    ...(options.onOutput === undefined ? {} : { onOutput: options.onOutput }),
    ...(options.expectNoChanges === undefined ? {} : { expectNoChanges: options.expectNoChanges }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}
