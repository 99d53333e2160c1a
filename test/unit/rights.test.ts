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

/** Every block of the page: the Role, and what is added to it. */
const blocks = [...read("docs/reference/rights.md").matchAll(/```yaml\n([^`]*)```/g)].map(
  ([, text = ""]) => parse(text) as { rules: Rule[] } | Rule[],
);

/** "group resource verb" of every right, sorted. */
function rightsOf(block: { rules: Rule[] } | Rule[] | undefined): string[] {
  const rules = Array.isArray(block) ? block : (block?.rules ?? []);
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`)),
      ),
    )
    .sort();
}

function askedIn(file: string): string[] {
  const lines = read(file).matchAll(/^ {4}may (\S+) (\S+) (\S+) (.+)$/gm);
  return [...lines]
    .flatMap(([, group = "", resource = "", sub = "", verbs = ""]) => {
      const bare = (word: string) => (word === "''" ? "" : word);
      const name = bare(sub) === "" ? resource : `${resource}/${sub}`;
      return verbs.split(" ").map((verb) => `${bare(group)} ${name} ${verb}`);
    })
    .sort();
}

it("documents exactly the rights that preflight asks for", () => {
  const asked = askedIn("components/restore/scripts/operator/checkRights.sh");
  expect(asked.length).toBeGreaterThan(20);
  expect(rightsOf(blocks[0])).toEqual(asked);
});

it("documents what a repair asks for beyond that", () => {
  const role = new Set(rightsOf(blocks[0]));
  const more = askedIn("components/repair/scripts/operator/preflight.sh").filter((right) => !role.has(right));
  expect(more).toEqual(rightsOf(blocks.at(-1)));
});
