import { ApiError } from "../../access/apiError";
import type { ExecResult } from "../../access/podExec";
import type { MemberCall } from "../../member/memberCall";
import { MEMBER_SCRIPTS_AT } from "../../member/memberScripts";
import { MemberScriptError } from "../../procedure/substrate";
import type { HostedContext } from "../hostedContext";
import { collections, type KubePod } from "../kubePod";
import { reviveUtility } from "./reviveUtility";
import { pause, type Timings } from "./timings";
import {
  canWork,
  endOfOwn,
  hostnameOf,
  isDone,
  isRunning,
  listUtilityPods,
  UTILITY_CONTAINER,
  workingPod,
} from "./utilityPodList";

/** The Pod that a script is run in, and the command for it. */
export interface PodCommand {
  readonly pod: KubePod;
  readonly command: readonly string[];
}

/** Tries of one script: each can be repeated, and each begins with whoever holds the volume then. */
const TRIES = 3;
/** Exit codes of a command that was killed with its Pod. */
const KILLED = [137, 143];
/** Errors that a Pod's end explains. */
const CUT: readonly ApiError["kind"][] = ["interrupted", "notFound", "invalid", "server"];

/** Scripts that let their Pod end: the word that it ends with when they were carried out, and their answer. */
const endings: Readonly<Record<string, { readonly word: string; readonly answer: string }>> = {
  swap: { word: "swapped", answer: "swapped\n" },
  unswap: { word: "unswapped", answer: "undone\n" },
  release: { word: "over", answer: "released\n" },
};

/** Name of a script, without its file's ending. */
const nameOf = ({ script }: MemberCall): string => script.replace(/\.sh$/, "");

/**
 * A script's command, in the Pod of the member that works. It learns which Pods live: a lock on the volume whose holder
 * is none of them is nobody's.
 */
export async function podCommand(
  context: HostedContext,
  member: string,
  call: MemberCall,
  times: Timings,
): Promise<PodCommand> {
  let pods = await listUtilityPods(context);
  let pod = workingPod(pods, member);
  if (pod === undefined) {
    pod = await reviveUtility(context, member, times);
    pods = await listUtilityPods(context);
  }
  const living = pods.filter(isRunning).map(hostnameOf);
  return { pod, command: commandOf(call, living) };
}

export function commandOf(call: MemberCall, living: readonly string[]): readonly string[] {
  const informed = 'LIVING_PODS=$1; export LIVING_PODS; shift; exec /bin/sh "$@"';
  const script = `${MEMBER_SCRIPTS_AT}/${nameOf(call)}.sh`;
  return ["/bin/sh", "-c", informed, "sh", living.join(" "), script, ...call.argv];
}

/**
 * Runs a script on a member's volume. An answer that was cut is asked for again: scripts do nothing twice.
 *
 * @throws MemberScriptError, ApiError, UserError when there is no Pod for it
 */
export async function runInPod(
  context: HostedContext,
  member: string,
  call: MemberCall,
  times: Timings,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const { pod, command } = await podCommand(context, member, call, times);
    const answer = await ask(context, pod.metadata.name, command, times);
    if (!(answer instanceof ApiError) && !KILLED.includes(answer.code)) return outputOf(member, answer);
    const after = await endOf(context, pod.metadata.name, times);
    const { word, answer: said = "" } = endings[nameOf(call)] ?? {};
    if (word !== undefined && after !== "works" && lastWord(after) === word) return said;
    if (attempt >= TRIES || (after === "works" && !(answer instanceof ApiError))) {
      if (answer instanceof ApiError) throw answer;
      return outputOf(member, answer);
    }
    context.say(`${member}: the answer of ${nameOf(call)} was cut, asked again`);
  }
}

/** The script's standard output. @throws MemberScriptError */
export function outputOf(member: string, { code, stdout, stderr }: ExecResult): string {
  if (code !== 0) throw new MemberScriptError(member, code, withoutNoise(stderr));
  return stdout;
}

/** What is said beside the script by what runs it. */
function withoutNoise(stderr: string): string {
  const lines = stderr
    .split("\n")
    .filter((line) => !/^(command terminated with exit code|Defaulted container)/.test(line));
  return lines.join("\n").trim();
}

/** Scripts whose work grows with the data; the others are part of an outage, and a hung answer of theirs is asked for again. */
const SLOW = /\/(stage|receive|receive-tool|previous|send-previous|copy-previous|finalize)\.sh$/;

async function ask(
  { client, namespace }: HostedContext,
  pod: string,
  command: readonly string[],
  times: Timings,
): Promise<ExecResult | ApiError> {
  try {
    return await client.exec({
      namespace,
      pod,
      container: UTILITY_CONTAINER,
      command,
      seconds: command.some((word) => SLOW.test(word)) ? times.script : times.quick,
    });
  } catch (cause) {
    if (cause instanceof ApiError && CUT.includes(cause.kind)) return cause;
    throw cause;
  }
}

/** The Pod after it has ended; undefined when it is gone; `works` when it does not end. */
async function endOf(
  { client, namespace }: HostedContext,
  name: string,
  times: Timings,
): Promise<KubePod | undefined | "works"> {
  for (const end = performance.now() + times.end * 1000; ; await pause(times.pollMs)) {
    const pod = await client.find<KubePod>(`${collections.pods(namespace)}/${name}`);
    if (pod === undefined || isDone(pod)) return pod;
    if (performance.now() >= end) return canWork(pod) ? "works" : pod;
  }
}

/** What process 1 of the Pod wrote down as the reason of its end. */
function lastWord(pod: KubePod | undefined): string | undefined {
  const end = pod && endOfOwn(pod);
  return end?.exitCode === 0 ? end.message?.trim() : undefined;
}
