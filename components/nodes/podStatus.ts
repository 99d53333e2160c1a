import { answerOf, type NodesContext, wordsOf } from "./nodesContext";
import type { PodFile, PodsOfMachine } from "./podsOfMachine";

/** A static Pod as its machine says it. */
export interface PodStatus extends PodFile {
  readonly machine: string;
  /** Its manifest is where the kubelet looks. */
  readonly wanted: boolean;
  readonly parked: boolean;
  /** What of it lives, a phrase each. */
  readonly instances: readonly string[];
  /** Its /readyz was asked and does not answer "ok". */
  readonly unready: boolean;
  /** How often its container was started anew. */
  readonly restarts: number;
}

/** @throws MachineScriptError, SshError when it could not be asked for certain */
export async function statusOf(
  context: Pick<NodesContext, "machines" | "profile">,
  { machine, files }: PodsOfMachine,
): Promise<readonly PodStatus[]> {
  const asked = files.flatMap(({ file, container, dataDirectory = "-", readyz = "-" }) => [
    ...[file, container, dataDirectory, readyz],
  ]);
  const words = wordsOf(await answerOf(context, machine, "status", ...asked));
  return files.map((pod) => {
    const of = (fact: string) => words.filter(([name, file]) => name === fact && file === pod.file);
    return {
      ...pod,
      machine,
      wanted: of("wanted").some(([, , value]) => value === "1"),
      parked: of("parked").some(([, , value]) => value === "1"),
      instances: of("instance").map((line) => line.slice(2).join(" ")),
      unready: of("unready").length > 0,
      restarts: Number(of("restarts")[0]?.[2] ?? 0),
    };
  });
}
