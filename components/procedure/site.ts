import { z } from "zod";
import type { ActContext, ActResult } from "./act";
import { demand, type Refusal } from "./refusal";

/**
 * Where an operation's ledger lies. A configuration that names another place later, or a kubeconfig that reaches another
 * cluster, finds no ledger there: whoever undid there would undo nothing and say that all is well.
 */
export interface Site {
  /** What tells this place from every other, for a step's result; the same for as long as the place exists. No secret. */
  describe(): Promise<Readonly<Record<string, string>>>;
  /**
   * Whether the arguments still lead to the place that was described; undefined also where nobody may know.
   *
   * @param begun as {@link describe} had it. Rejects when it could not be asked
   */
  judge(id: string, begun: Readonly<Record<string, string>>): Promise<Refusal | undefined>;
}

const resultSchema = z.looseObject({ site: z.record(z.string(), z.string()) });

/** The part of a step's result that says where it was; {} on a substrate that does not know its places. */
export async function siteResult({ substrate }: Pick<ActContext, "substrate">): Promise<ActResult> {
  return substrate.site === undefined ? {} : { site: await substrate.site.describe() };
}

/**
 * Ends the step where its arguments lead elsewhere than they did when it was made.
 *
 * @param before the standard output that it had then. An older program's does not say where it was: that holds off nobody
 */
export async function demandSameSite(
  { id, substrate }: Pick<ActContext, "id" | "substrate">,
  before: string | undefined,
): Promise<void> {
  const begun = siteIn(before);
  if (begun !== undefined) demand(await substrate.site?.judge(id, begun));
}

/** Where a step says that it was made; undefined of an older program's, and on a substrate that does not know its places. */
export function siteIn(stdout = ""): Readonly<Record<string, string>> | undefined {
  try {
    return resultSchema.safeParse(JSON.parse(stdout)).data?.site;
  } catch {
    return undefined;
  }
}
