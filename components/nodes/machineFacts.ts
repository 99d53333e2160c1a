import type { NodesProfile } from "../profiles/nodesProfile";
import { answerOf, type Machines, wordsOf } from "./nodesContext";
import { filesOf } from "./podsOfMachine";

/** What a machine says of itself. */
export interface MachineFacts {
  /** As it was declared. */
  readonly machine: string;
  readonly hostname: string;
  readonly machineId: string;
  /** Its clock against this machine's, in seconds; positive: ahead. As exact as the question took. */
  readonly skewSeconds: number;
  /** Programs that the scripts need and that it has not. */
  readonly missing: readonly string[];
  /** What forgets the kubelet's back-off. */
  readonly hasCrictl: boolean;
  /** File names of static Pods that are left running. */
  readonly others: readonly string[];
  /** Any other files that its kubelet reads as manifests, by name. */
  readonly beside: ReadonlyMap<string, string>;
  /** Manifests by file name, where the kubelet looks or parked. */
  readonly manifests: ReadonlyMap<string, string>;
}

/** @throws SshError, MachineScriptError when it could not be asked */
export async function askMachine(
  context: { readonly machines: Machines; readonly profile: NodesProfile },
  machine: string,
): Promise<MachineFacts> {
  const before = Date.now();
  const words = wordsOf(await answerOf(context, machine, "look", ...filesOf(context.profile)));
  const middle = (before + Date.now()) / 2000;
  const one = (fact: string) =>
    words
      .find(([name]) => name === fact)
      ?.slice(1)
      .join(" ") ?? "";
  // One that is where the kubelet looks counts before one that is parked.
  const manifests = ["parked", "manifest"].flatMap((fact) =>
    words
      .filter(([name]) => name === fact)
      .map(([, file = "", content = ""]) => [file, text(content)] as const),
  );
  return {
    machine,
    hostname: one("hostname"),
    machineId: one("id"),
    skewSeconds: Math.round(Number(one("time")) - middle),
    missing: one("missing")
      .split(" ")
      .filter((name) => name !== ""),
    hasCrictl: one("crictl") === "there",
    others: words.flatMap(([name, file = ""]) => (name === "other" ? [file] : [])),
    beside: new Map(
      words.flatMap(([fact, name = "", content = ""]) =>
        fact === "beside" ? [[text(name), text(content)]] : [],
      ),
    ),
    manifests: new Map(manifests),
  };
}

const text = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");
