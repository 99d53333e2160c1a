import type { Substrate } from "../procedure/substrate";
import { accessOf } from "./nodesAccess";
import type { NodesCluster } from "./nodesCluster";
import type { NodesGraphArgs } from "./nodesGraph";
import { openNodes } from "./openNodes";

/** The machines, for what a preview asks. @param asked what is restored beside the data, and what opens it */
export function openForQuestions(
  cluster: NodesCluster,
  { request, ...identity }: Partial<Pick<NodesGraphArgs, "request" | "pkiIdentity">> = {},
): Promise<Substrate> {
  const args = {
    substrate: { ...accessOf(cluster), ...identity },
    ...(request === undefined ? {} : { request }),
  };
  return openNodes(args, "preview", () => undefined);
}
