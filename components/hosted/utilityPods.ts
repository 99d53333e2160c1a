import { commandOnPath } from "../access/commandOnPath";
import { execToStream, execWithInput, type InputExec, type KubectlExec } from "../access/kubectlStream";
import { unpackedFile } from "../access/unpackedFile";
import { unreadable } from "../procedure/refusal";
import type { Volumes } from "../procedure/substrate";
import type { HostedContext } from "./hostedContext";
import { awaitUtility } from "./volumes/awaitUtility";
import { cleanLeftOvers, removeEverything } from "./volumes/leftOvers";
import { heldMembers, releaseVolumes } from "./volumes/releaseVolumes";
import { outputOf, type PodCommand, podCommand, runInPod } from "./volumes/runInPod";
import { type Timings, timings } from "./volumes/timings";
import { canWork, listUtilityPods, memberOf, UTILITY_CONTAINER } from "./volumes/utilityPodList";
import { templateText } from "./volumes/utilityTemplate";

/** What runs commands with a stream; tests have their own. */
export interface Streams {
  readonly execWithInput: (options: InputExec) => ReturnType<typeof execWithInput>;
  readonly execToStream: (options: KubectlExec) => ReturnType<typeof execToStream>;
}

/**
 * The members' volumes as utility Pods mount them. The stack makes one Pod a member before the guard; from then on one
 * that has ended is made anew from the ledger when a script needs it.
 */
export function utilityPods(
  context: HostedContext,
  times: Timings = timings(),
  streams: Streams = { execWithInput, execToStream },
): Volumes {
  const { namespace, access } = context;
  const execOf = ({ pod, command }: PodCommand): KubectlExec => ({
    kubeconfig: access.adminKubeconfig,
    context: access.adminContext,
    namespace,
    pod: pod.metadata.name,
    container: UTILITY_CONTAINER,
    command,
  });

  return {
    await: (member) => awaitUtility(context, member, times),
    run: (member, call) => runInPod(context, member, call, times),
    async send(member, call, { path, identityFile, codec }) {
      const target = execOf(await podCommand(context, member, call, times));
      const input = await unpackedFile(path, identityFile).catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
      try {
        const sent = await streams.execWithInput({
          ...target,
          input,
          pack: codec,
          stallSeconds: times.stall,
        });
        return outputOf(member, sent);
      } catch (cause) {
        throw input.errored ? unreadable(path, input.errored) : cause;
      }
    },
    async copy(from, fromCall, to, toCall) {
      const [source, target] = await Promise.all([
        podCommand(context, from, fromCall, times),
        podCommand(context, to, toCall, times),
      ]);
      // Packed at one end and unpacked at the other: one image serves both.
      const input = streams.execToStream(execOf(source));
      return outputOf(
        to,
        await streams.execWithInput({ ...execOf(target), input, stallSeconds: times.stall }),
      );
    },
    codecs: async () => (["zstd", "gzip"] as const).filter((codec) => commandOnPath(codec) !== undefined),
    async describe(): Promise<Readonly<Record<string, string>>> {
      const pods = (await listUtilityPods(context)).filter(canWork);
      const [first] = pods;
      if (first === undefined) return {};
      const nodes = pods.map((pod) => `${memberOf(pod)}=${pod.spec?.nodeName ?? ""}`);
      return { utility: templateText(first), nodes: nodes.join(" ") };
    },
    release: (members) => releaseVolumes(context, members, times),
    held: () => heldMembers(context),
    clean: (own) => cleanLeftOvers(context, own, times),
    removeAll: () => removeEverything(context, times),
  };
}
