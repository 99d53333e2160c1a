import type { MachineFacts } from "../machineFacts";
import { parseStaticPod } from "../staticPod";

/**
 * Static Pods that are not stopped and have a file mounted that was swapped: a mount stays with the file that it was made
 * of. A sentence each, with what makes it another.
 *
 * @param swapped paths of the parts that were
 */
export function formerFiles(
  { machine, beside }: Pick<MachineFacts, "machine" | "beside">,
  swapped: readonly string[],
): readonly string[] {
  return [...beside].flatMap(([file, text]) => {
    const pod = parseStaticPod(text);
    const held = pod?.hostPaths.filter((path) => swapped.some((part) => `${path}/`.startsWith(`${part}/`)));
    if (pod === undefined || held === undefined || held.length === 0) return [];
    return [
      `machine ${machine}: static Pod ${pod.name} (${file}) still has the former ${held.join(", ")}: end its container there, and its kubelet makes it anew: sudo sh -c 'crictl stop $(crictl ps -q --name ${pod.container})'`,
    ];
  });
}
