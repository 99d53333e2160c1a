import type { Client, ClientChannel } from "ssh2";

/** What a command on a host is started with, besides its text. */
export interface SessionEnvironment {
  /** Variables without which it is not started. */
  readonly needed: Readonly<Record<string, string>>;
  /** Variables that a server may refuse. */
  readonly wished: Readonly<Record<string, string>>;
}

/** A command that was started. */
export interface Session {
  readonly channel: ClientChannel;
  /** Why it failed, when it has ended; undefined when it did not. */
  readonly ended: Promise<string | undefined>;
}

/** A server that does not take a variable which the command needs. */
export class RefusedVariable extends Error {
  constructor(readonly variable: string) {
    super(`could not set environment variable "${variable}": ssh: setenv failed`);
  }
}

/** Parts of the library's own that are not in its interface; the engine tests of `environment` hold them. */
interface Internals {
  readonly _protocol: {
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
  readonly _chanMgr: { readonly _channels: Readonly<Record<number, Channel | undefined>> };
}
interface Channel {
  readonly outgoing: { readonly id: number };
  readonly _callbacks: ((failed: boolean) => void)[];
}

/**
 * Starts a command. The library sends variables without asking whether they were taken and the command right behind
 * them; the official plugin waits for each answer, and starts nothing without what is needed.
 */
export function startSession(
  client: Client,
  command: string,
  { needed, wished }: SessionEnvironment,
  warn: (variable: string) => void,
): Promise<Session> {
  return new Promise((resolve, reject) => {
    const { _protocol: protocol, _chanMgr: channels } = client as unknown as Internals;
    const [sendVariable, sendCommand] = [protocol.env.bind(protocol), protocol.exec.bind(protocol)];
    const refused = new Set<string>();
    let unanswered = 0;
    let start: () => void = () => undefined;
    const answered = () => {
      const missing = Object.keys(needed).find((variable) => refused.has(variable));
      if (missing !== undefined) {
        reject(new RefusedVariable(missing));
      } else {
        [...refused].forEach(warn);
        start();
      }
    };
    protocol.env = (id, name, value) => {
      unanswered++;
      const channel = Object.values(channels._channels).find((one) => one?.outgoing?.id === id);
      channel?._callbacks.push((failed) => {
        if (failed) refused.add(name);
        unanswered--;
        if (unanswered === 0) answered();
      });
      sendVariable(id, name, value, true);
    };
    protocol.exec = (id, text) => {
      start = () => sendCommand(id, text, true);
      if (unanswered === 0) answered();
    };
    client.exec(command, { env: { ...wished, ...needed } }, (error, channel) =>
      // Its end may come in the same packet as its start: whoever listens later does not hear of it.
      error === undefined
        ? resolve({ channel, ended: endOf(channel) })
        : reject(new Error(`ssh: command ${command} failed`)),
    );
  });
}

function endOf(channel: ClientChannel): Promise<string | undefined> {
  return new Promise((resolve) => {
    let reason: string | undefined = "wait: remote command exited without exit status or exit signal";
    channel.on("exit", (code: number | null, signal?: string) => {
      const killed = `Process exited with status 128 from signal ${signal?.replace(/^SIG/, "")}`;
      reason = code === null ? killed : code === 0 ? undefined : `Process exited with status ${code}`;
    });
    // A command that does not read its stdin is no failure.
    channel.on("error", () => undefined);
    channel.on("close", () => resolve(reason));
  });
}
