import { commandOnPath } from "../access/commandOnPath";
import { unpackedFile } from "../access/unpackedFile";
import type { MemberCall } from "../member/memberCall";
import { unreadable } from "../procedure/refusal";
import { MemberScriptError, type Volumes } from "../procedure/substrate";
import { memberScript } from "./machineScripts";
import { answerOf, type NodesContext, type NodesMember } from "./nodesContext";

/** Scripts whose work grows with the data; the others are part of an outage. */
const SLOW: readonly string[] = ["stage", "receive", "receive-tool", "previous", "copy-previous", "finalize"];
const SLOW_SECONDS = 6 * 60 * 60;
const QUICK_SECONDS = 180;
const STALL_SECONDS = 300;

/**
 * The members' data directories, each on its own machine, and the scripts of components/member/ that work on them. Nothing
 * but this process holds them: it does until it lets go.
 */
export function machineVolumes(context: NodesContext): Volumes {
  const { machines, profile, members } = context;
  const names = members.map(({ name }) => name);
  let held: readonly string[] = names;

  const scriptOf = (member: string, call: MemberCall) =>
    memberScript(profile, memberOf(context, member).dataDirectory, call);
  const outputOf = (
    member: string,
    { code, stdout, stderr }: { code: number; stdout: string; stderr: string },
  ) => {
    if (code !== 0) throw new MemberScriptError(member, code, stderr.trim());
    return stdout;
  };

  return {
    mayBeUnmounted: true,
    async await(member) {
      const { container, image } = memberOf(context, member);
      await answerOf(context, member, "find-tool", container, image);
    },
    async run(member, call) {
      const seconds = SLOW.includes(call.script) ? SLOW_SECONDS : QUICK_SECONDS;
      return outputOf(member, await machines.run(member, scriptOf(member, call), seconds));
    },
    async send(member, call, { path, identityFile, codec }) {
      const input = await unpackedFile(path, identityFile).catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
      try {
        const sent = { input, pack: codec, stallSeconds: STALL_SECONDS };
        return outputOf(member, await machines.send(member, scriptOf(member, call), sent));
      } catch (cause) {
        throw input.errored ? unreadable(path, input.errored) : cause;
      }
    },
    async copy(from, fromCall, to, toCall) {
      const input = await machines.receive(from, scriptOf(from, fromCall));
      const sent = { input, stallSeconds: STALL_SECONDS };
      return outputOf(to, await machines.send(to, scriptOf(to, toCall), sent));
    },
    codecs: async () => (["zstd", "gzip"] as const).filter((codec) => commandOnPath(codec) !== undefined),
    // The stack's arguments alone say how machines are reached: no secret lies on them.
    describe: async () => ({}),
    async release(released) {
      held = held.filter((member) => !released.includes(member));
    },
    held: async () => held,
    async clean() {
      await Promise.all(names.map((member) => answerOf(context, member, "clean")));
      return [];
    },
    // What is removed here lies on no machine once it is clean.
    removeAll: async () => undefined,
  };
}

/** @throws TypeError for a name that is none of the members' */
export function memberOf({ members }: Pick<NodesContext, "members">, name: string): NodesMember {
  const member = members.find((one) => one.name === name);
  if (member === undefined) throw new TypeError(`there is no member ${name}`);
  return member;
}
