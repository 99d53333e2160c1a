import { NotInStandIn, type OperationContext } from "../rpc/provider";
import { type PropertyMap, plainMap } from "../rpc/values";
import { noOutput, type ShellOutput } from "./commandOutput";
import { commandResource, deadline } from "./commandResource";
import { stateOf } from "./dependencies";
import { localCommandFields } from "./inputs";
import { runShell } from "./shellRun";

/** `command:local:Command`. */
export const localCommand = commandResource(Object.keys(localCommandFields), runLocal);

/** `command:local:run`: runs at every preview and up. */
export async function runFunction(args: PropertyMap, context: OperationContext): Promise<PropertyMap> {
  const { command } = plainMap(args);
  if (typeof command !== "string") {
    throw new Error("command:local:run needs a command");
  }
  return stateOf(args, { ...(await runLocal(args, command, noOutput, context)) });
}

/** The inputs of one run, checked before: see `checkFields`. */
interface LocalInputs {
  readonly interpreter?: readonly string[];
  readonly dir?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly logging?: string;
  readonly addPreviousOutputInEnv?: boolean;
}

function runLocal(
  inputs: PropertyMap,
  command: string,
  previous: ShellOutput,
  context: OperationContext,
): Promise<ShellOutput> {
  if (inputs.assetPaths !== undefined || inputs.archivePaths !== undefined) {
    throw new NotInStandIn("command", "assetPaths and archivePaths");
  }
  const { interpreter, dir, environment, stdin, logging, addPreviousOutputInEnv } = plainMap(
    inputs,
  ) as LocalInputs;
  return runShell(
    {
      command,
      interpreter,
      dir,
      environment,
      stdin,
      logging,
      previous: addPreviousOutputInEnv === false ? undefined : previous,
    },
    deadline(context),
    (line) => context.logStatus("info", line),
  );
}
