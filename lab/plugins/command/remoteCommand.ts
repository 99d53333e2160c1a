import type { OperationContext } from "../rpc/provider";
import { type PropertyMap, plainMap } from "../rpc/values";
import { CommandOutput, type ShellOutput } from "./commandOutput";
import { commandResource, deadline } from "./commandResource";
import { remoteCommandFields } from "./inputs";
import { dial, type RemoteConnection } from "./remoteConnection";
import { RefusedVariable, startSession } from "./remoteSession";

/** `command:remote:Command`. */
export const remoteCommand = commandResource(Object.keys(remoteCommandFields), runRemote);

/** The inputs of one run, checked before: see `checkFields`. */
interface RemoteInputs {
  readonly connection: RemoteConnection;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly logging?: string;
  readonly addPreviousOutputInEnv?: boolean;
}

/** Like the official plugin: the deadline is one of dialing alone, and a command that hangs is waited for. */
async function runRemote(
  inputs: PropertyMap,
  command: string,
  previous: ShellOutput,
  context: OperationContext,
): Promise<ShellOutput> {
  const { connection, environment, stdin, logging, ...rest } = plainMap(inputs) as unknown as RemoteInputs;
  const log = (line: string) => context.logStatus("info", line);
  const { client, close } = await dial(connection, { signal: deadline(context), log });
  try {
    const wished = rest.addPreviousOutputInEnv === false ? {} : previousOutput(previous);
    const warn = (name: string) => context.logStatus("warning", unableToSet(name));
    const session = await startSession(client, command, { needed: environment ?? {}, wished }, warn);
    const { channel } = session;
    const output = new CommandOutput(logging, log, close);
    output.collect("stdout", channel);
    output.collect("stderr", channel.stderr);
    channel.end(stdin ?? "");
    return output.result(command, await session.ended);
  } catch (error) {
    if (error instanceof RefusedVariable) {
      context.logStatus("warning", unableToSet(error.variable));
    }
    throw error;
  } finally {
    close();
  }
}

function previousOutput({ stdout, stderr }: ShellOutput): Record<string, string> {
  return {
    ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}

function unableToSet(variable: string): string {
  return `Unable to set '${variable}'. This only works if the SSH server accepts it (AcceptEnv); else put it into the command itself, as in 'VAR=value command'.`;
}
