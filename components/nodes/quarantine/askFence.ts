import type { Judgement } from "../../procedure/substrate";
import { allOf } from "../../procedure/waiting";
import type { MachineFacts } from "../machineFacts";
import { answerOf, type NodesContext, wordsOf } from "../nodesContext";
import type { PodsOfMachine } from "../podsOfMachine";
import { parseStaticPod } from "../staticPod";
import { type FenceFacts, judgeFence, noteProbes, probeSeconds } from "./judgeFence";
import { apiServerOf, portOf, tableOf } from "./nodesFence";

type Asked = NodesContext & {
  readonly facts: readonly MachineFacts[];
  readonly pods: readonly PodsOfMachine[];
};

/** Asks every machine whether it can keep its API server to us. Changes nothing. */
export async function askFence(context: Asked, id: string): Promise<Pick<Judgement, "refusals" | "notes">> {
  const each = await allOf(context.pods.map((machine) => factsOf(context, machine, id)));
  return {
    refusals: each.flatMap(({ facts }) => judgeFence(facts)),
    notes: each.flatMap(({ facts, seconds }) => noteProbes(facts.machine, seconds) ?? []),
  };
}

async function factsOf(
  context: Asked,
  pods: PodsOfMachine,
  id: string,
): Promise<{ readonly facts: FenceFacts; readonly seconds: number | undefined }> {
  const { machine } = pods;
  const { access, profile } = context;
  const user = access.machines.find(({ name }) => name === machine)?.user ?? "";
  const port = String(portOf(apiServerOf(pods)));
  const words = wordsOf(await answerOf(context, machine, "can-fence", tableOf(id), port, user));
  const one = (fact: string) =>
    words
      .find(([name]) => name === fact)
      ?.slice(1)
      .join(" ") ?? "";
  const manifests = context.facts.find((facts) => facts.machine === machine)?.manifests;
  const pod = parseStaticPod(manifests?.get(profile.apiServer.manifest) ?? "");
  const forwarding = one("forwarding");
  return {
    facts: {
      ...{ machine, nft: one("nft"), memory: one("memory") },
      forwarding: forwarding === "yes" || forwarding === "no" ? forwarding : "unknown",
      bindAddress: pod?.flag("bind-address"),
    },
    seconds: pod === undefined ? undefined : probeSeconds(pod.probes),
  };
}
