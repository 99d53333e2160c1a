import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** One rule of a Role. */
export interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

const page = join(__dirname, "..", "..", "docs", "reference", "rights.md");

/**
 * The Role of docs/reference/rights.md, and the rules that the page adds to it, in its order.
 *
 * @param namespace what stands for USER_CLUSTER_NAME
 */
export function documentedRights(namespace: string): {
  readonly role: { readonly metadata: { readonly name: string }; readonly rules: Rule[] };
  readonly additions: Rule[][];
} {
  const text = readFileSync(page, "utf8").replaceAll("USER_CLUSTER_NAME", namespace);
  const [role, ...additions] = [...text.matchAll(/```yaml\n([^`]*)```/g)].map(([, block = ""]) =>
    parse(block),
  );
  return { role, additions };
}
