import { type Refusal, refused } from "../../procedure/refusal";
import { rightName, type Verb } from "../rights";

/** Verbs that are denied, in the order in which they were asked for. */
export function judgeRights(namespace: string, denied: readonly Verb[]): Refusal | undefined {
  if (denied.length === 0) return undefined;
  const names = denied.map(rightName).map((name) => `${name}; `);
  return refused(
    "rights",
    `adminKubeconfig: not allowed in namespace ${namespace}: ${names.join("")}`,
    "Bind the Role in docs/reference/rights.md to this user.",
  );
}
