import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { documentedRights, type Rule } from "../support/documentedRights";

const root = join(__dirname, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

const { role, additions } = documentedRights("uc1");

/** "group resource verb" of every right, sorted. */
function rightsOf(rules: readonly Rule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`)),
      ),
    )
    .sort();
}

function askedIn(file: string): string[] {
  const lines = read(file).matchAll(/^ {2}may (\S+) (\S+) (\S+) (.+)$/gm);
  return [...lines]
    .flatMap(([, group = "", resource = "", sub = "", verbs = ""]) => {
      const bare = (word: string) => (word === "''" ? "" : word);
      const name = bare(sub) === "" ? resource : `${resource}/${sub}`;
      return verbs.split(" ").map((verb) => `${bare(group)} ${name} ${verb}`);
    })
    .sort();
}

it("documents exactly the rights that preflight asks for", () => {
  const asked = askedIn("components/restore/scripts/operator/restoreRights.sh");
  expect(asked.length).toBeGreaterThan(20);
  expect(rightsOf(role.rules)).toEqual(asked);
});

it("documents what a repair asks for beyond that", () => {
  const already = new Set(rightsOf(role.rules));
  const more = askedIn("components/repair/scripts/operator/preflight.sh").filter(
    (right) => !already.has(right),
  );
  expect(more).toEqual(rightsOf(additions.at(-1) ?? []));
});
