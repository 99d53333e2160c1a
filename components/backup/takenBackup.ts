import type * as pulumi from "@pulumi/pulumi";
import { resultOf, step } from "../steps/step";
import type { BackupArguments } from "./backupArguments";

/** What the resources of a backup are told. */
export interface TakenBackupArgs {
  readonly arguments: pulumi.Output<BackupArguments>;
  /** Secrets, by standard input. */
  readonly stdin: pulumi.Input<string | undefined>;
  /** Longest time of the save and of the transfer, in seconds. */
  readonly saveSeconds: number;
}

/** Where a backup lies, and its revision. */
export interface TakenBackup {
  readonly snapshot: pulumi.Output<string>;
  readonly manifest: pulumi.Output<string>;
  readonly revision: pulumi.Output<string>;
}

/** Declares the two steps of a backup; a new generation runs them again. */
export function takenBackup(
  parent: pulumi.ComponentResource,
  name: string,
  { arguments: told, stdin, saveSeconds }: TakenBackupArgs,
): TakenBackup {
  const common = {
    arguments: told,
    stdin,
    triggers: told.apply(({ generation }) => [generation]),
    minutes: Math.ceil((2 * saveSeconds + 300) / 60),
  };
  const captured = step(`${name}-capture`, { ...common, step: "capture" }, { parent });
  const after = { parent, dependsOn: [captured] };
  const sealed = resultOf(step(`${name}-seal`, { ...common, step: "seal" }, after));
  const said = (fact: string) => sealed.apply((result) => String(result[fact] ?? ""));
  return { snapshot: said("snapshot"), manifest: said("manifest"), revision: said("revision") };
}
