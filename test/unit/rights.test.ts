import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";

const root = join(__dirname, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

/** "group resource verb" of every right, sorted. */
function documented(): string[] {
  const [, block = ""] = read("docs/reference/rights.md").split(/```(?:yaml)?\n/);
  const { rules } = parse(block) as { rules: Rule[] };
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`)),
      ),
    )
    .sort();
}

function asked(): string[] {
  const lines = read("components/restore/scripts/operator/checkRights.sh").matchAll(
    /^ {4}may (\S+) (\S+) (\S+) (.+)$/gm,
  );
  return [...lines]
    .flatMap(([, group = "", resource = "", sub = "", verbs = ""]) => {
      const bare = (word: string) => (word === "''" ? "" : word);
      const name = bare(sub) === "" ? resource : `${resource}/${sub}`;
      return verbs.split(" ").map((verb) => `${bare(group)} ${name} ${verb}`);
    })
    .sort();
}

it("documents exactly the rights that preflight asks for", () => {
  expect(asked().length).toBeGreaterThan(20);
  expect(documented()).toEqual(asked());
});
