import type { CreateRequest, DeleteRequest, OperationContext, UpdateRequest } from "../rpc/provider";
import { type PropertyMap, plainMap } from "../rpc/values";
import { noOutput, type ShellOutput } from "./commandOutput";
import { previewOutputs, stateOf } from "./dependencies";
import { uniqueHex } from "./resourceId";

/** Runs a command with a resource's inputs; `previous` is what the last one printed. */
export type RunCommand = (
  inputs: PropertyMap,
  command: string,
  previous: ShellOutput,
  context: OperationContext,
) => Promise<ShellOutput>;

/**
 * A resource that is a command. Without `create` (or `update`) a create or update succeeds and leaves the outputs as
 * they were.
 */
export function commandResource(fieldNames: readonly string[], run: RunCommand) {
  return {
    async create(request: CreateRequest, context: OperationContext) {
      const id = uniqueHex(request.name);
      const { create } = plainMap(request.properties);
      if (request.preview) {
        const outputs = stateOf(request.properties, { ...noOutput });
        return { id, properties: previewOutputs(outputs, request.properties, undefined, fieldNames) };
      }
      const output =
        typeof create === "string" ? await run(request.properties, create, noOutput, context) : noOutput;
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
        typeof command === "string" ? await run(request.news, command, previous, context) : previous;
      return stateOf(request.news, { ...output });
    },

    async delete(request: DeleteRequest, context: OperationContext): Promise<void> {
      const command = plainMap(request.properties).delete;
      if (typeof command === "string") {
        await run(request.properties, command, outputOf(request.properties), context);
      }
    },
  };
}

/** The output that a state remembers. */
function outputOf(state: PropertyMap): ShellOutput {
  const { stdout, stderr } = plainMap(state);
  return {
    stdout: typeof stdout === "string" ? stdout : "",
    stderr: typeof stderr === "string" ? stderr : "",
  };
}

/** The operation's signal, and the end of the resource's customTimeouts. */
export function deadline(context: OperationContext): AbortSignal {
  return context.timeoutSeconds > 0
    ? AbortSignal.any([context.signal, AbortSignal.timeout(context.timeoutSeconds * 1000)])
    : context.signal;
}
