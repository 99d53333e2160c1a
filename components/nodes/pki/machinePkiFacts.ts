import type { NodesProfile } from "../../profiles/nodesProfile";
import { answerOf, type Machines, wordsOf } from "../nodesContext";

/** What of keys, certificates and kubeconfigs a machine has; no key is in it. */
export interface MachinePkiFacts {
  readonly machine: string;
  /** Programs that staging needs and that it has not. */
  readonly missing: readonly string[];
  /** By path, of what was asked for. */
  readonly parts: ReadonlyMap<string, PartKind>;
  /** PEM texts of certificates by path. */
  readonly certificates: ReadonlyMap<string, string>;
}

/** `link`, `mount`: it is there, and no rename can take its place. */
export type PartKind = "there" | "absent" | "link" | "mount";

/** @throws SshError, MachineScriptError when it could not be asked */
export async function askMachinePki(
  context: { readonly machines: Machines; readonly profile: NodesProfile },
  machine: string,
  paths: readonly string[],
): Promise<MachinePkiFacts> {
  const words = wordsOf(await answerOf(context, machine, "pki-look", ...paths));
  const of = (fact: string) => words.filter(([name]) => name === fact);
  return {
    machine,
    missing: of("missing").flatMap(([, ...names]) => names),
    parts: new Map(of("part").map((line) => [line.slice(1, -1).join(" "), line.at(-1) as PartKind])),
    certificates: new Map(
      of("certificate").map((line) => [
        line.slice(1, -1).join(" "),
        Buffer.from(line.at(-1) ?? "", "base64").toString("utf8"),
      ]),
    ),
  };
}
