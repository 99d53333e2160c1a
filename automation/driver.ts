import { resolve } from "node:path";
import type { EngineEvent, OpMap, OutputMap, Stack, UpOptions } from "@pulumi/pulumi/automation";
import { checkConfig } from "../components/config/configCheck";
import type { BackupConfig, RestoreConfig } from "../components/config/configSchema";
import { UserError } from "../components/errors";
import type { FinalizeReport } from "../components/restore/finalizeReport";
import type { RestoreReport } from "../components/restore/restoreReport";
import { isBucketUrl } from "../store/openStore";
import { isWish } from "../store/wish";
import type { VaultInput } from "../vault/vaultSettings";
import { type StackOptions, type StackSettings, withStack } from "./stackWorkspace";
import { type ResourceChange, UpdateEvents } from "./updateEvents";
import { updateFailure } from "./updateFailure";

export type { ResourceChange, StackOptions };

/** The program's configuration, where what has a default may be left out. */
type Settings<T extends BackupConfig | RestoreConfig> = Omit<T, "operation" | "profile" | "members"> &
  Partial<Pick<T, "profile" | "members">>;

/** Configuration of a restore stack, as the program's configuration keys. Relative paths count from the current directory. */
export type RestoreSettings = Settings<RestoreConfig>;
/** Configuration of a backup stack. */
export type BackupSettings = Omit<Settings<BackupConfig>, "vault"> & { readonly vault?: VaultInput };

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
  const { outputs, ...result } = await up(checked("backup", settings), options);
  const text = (name: string) => String(outputs[name]?.value ?? "");
  return { ...result, snapshot: text("snapshot"), manifest: text("manifest"), revision: text("revision") };
}

/** Says what {@link runRestore} would do; changes nothing but that the stack then exists. Throws UserError. */
export async function previewRestore(
  settings: RestoreSettings,
  options: UpdateOptions,
): Promise<UpdateResult> {
  const config = checked("restore", settings);
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
  const { outputs, ...result } = await up(checked("restore", settings), options);
  return { ...result, report: outputs.report?.value as RestoreReport };
}

/** Removes what the restore `settings.restore.finalize` put aside on every member's volume. Throws UserError. */
export async function finalizeRestore(
  settings: RestoreSettings,
  options: UpdateOptions,
): Promise<FinalizeResult> {
  const { outputs, ...result } = await up(checked("restore", settings), options);
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

/** The configuration, checked before anything runs, with absolute paths: the program runs in another directory. */
function checked(operation: "restore" | "backup", settings: RestoreSettings | BackupSettings): StackSettings {
  const config: Record<string, unknown> = { ...settings, operation };
  checkConfig(config);
  for (const key of ["adminKubeconfig", "userKubeconfig"]) config[key] = absolute(config[key]);
  for (const [key, path] of [
    ["restore", "snapshot"],
    ["restore", "store"],
    ["restore", "etcdutl"],
    ["restore", "identityFile"],
    ["backup", "directory"],
  ] as const) {
    const nested = config[key] as Record<string, unknown> | undefined;
    if (nested?.[path] !== undefined) config[key] = { ...nested, [path]: absolute(nested[path]) };
  }
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function absolute(path: unknown): unknown {
  return typeof path === "string" && !isBucketUrl(path) && !isWish(path) ? resolve(path) : path;
}
