import {
  type CreateRequest,
  type DeleteRequest,
  NotInStandIn,
  type OperationContext,
  type UpdateRequest,
} from "../rpc/provider";
import { type PropertyMap, plainMap } from "../rpc/values";
import { previewOutputs, stateOf } from "./dependencies";
import { localCommandFields } from "./inputs";
import { uniqueHex } from "./resourceId";
import { runShell, type ShellOutput } from "./shellRun";

const fieldNames = Object.keys(localCommandFields);
const nothing: ShellOutput = { stdout: "", stderr: "" };

/** `command:local:Command`. Without `create` (or `update`) a create or update succeeds and leaves the outputs as they were. */
export const localCommand = {
  async create(request: CreateRequest, context: OperationContext) {
    const id = uniqueHex(request.name);
    const { create } = plainMap(request.properties);
    if (request.preview) {
      const outputs = stateOf(request.properties, { ...nothing });
      return { id, properties: previewOutputs(outputs, request.properties, undefined, fieldNames) };
    }
    const output =
      typeof create === "string" ? await runLocal(request.properties, create, nothing, context) : nothing;
    return { id, properties: stateOf(request.properties, { ...output }) };
  },

  async update(request: UpdateRequest, context: OperationContext): Promise<PropertyMap> {
    const previous = outputOf(request.olds);
    const { create, update } = plainMap(request.news);
    const command = update ?? create;
    if (request.preview) {
      const outputs = stateOf(request.news, { ...previous });
      return previewOutputs(outputs, request.news, request.olds, fieldNames);
    }
    const output =
      typeof command === "string" ? await runLocal(request.news, command, previous, context) : previous;
    return stateOf(request.news, { ...output });
  },

  async delete(request: DeleteRequest, context: OperationContext): Promise<void> {
    const command = plainMap(request.properties).delete;
    if (typeof command === "string") {
      await runLocal(request.properties, command, outputOf(request.properties), context);
    }
  },
};

/** `command:local:run`: runs at every preview and up. */
export async function runFunction(args: PropertyMap, context: OperationContext): Promise<PropertyMap> {
  const { command } = plainMap(args);
  if (typeof command !== "string") {
    throw new Error("command:local:run needs a command");
  }
  return stateOf(args, { ...(await runLocal(args, command, nothing, context)) });
}

/** The output that a state remembers. */
export function outputOf(state: PropertyMap): ShellOutput {
  const { stdout, stderr } = plainMap(state);
  return {
    stdout: typeof stdout === "string" ? stdout : "",
    stderr: typeof stderr === "string" ? stderr : "",
  };
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

/** The operation's signal, and the end of the resource's customTimeouts. */
function deadline(context: OperationContext): AbortSignal {
  return context.timeoutSeconds > 0
    ? AbortSignal.any([context.signal, AbortSignal.timeout(context.timeoutSeconds * 1000)])
    : context.signal;
}
