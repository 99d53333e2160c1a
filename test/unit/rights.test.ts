import { expect, it } from "vitest";
import { controllerRights, type Right, rightsOf } from "../../components/hosted/rights";
import { documentedRights, type Rule } from "../support/documentedRights";

const { role, additions } = documentedRights("uc1");

/** "group resource verb" of every right, sorted. */
function documented(rules: readonly Rule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`)),
      ),
    )
    .sort();
}

function asked(rights: readonly Right[]): string[] {
  return rights
    .flatMap(({ group, resource, subresource, verbs }) => {
      const name = subresource === undefined ? resource : `${resource}/${subresource}`;
      return verbs.map((verb) => `${group} ${name} ${verb}`);
    })
    .sort();
}

it("documents exactly the rights that preflight asks for", () => {
  const rights = asked(rightsOf("restore"));
  expect(rights.length).toBeGreaterThan(20);
  expect(new Set(rights).size).toBe(rights.length);
  expect(documented(role.rules)).toEqual(rights);
  expect(asked(rightsOf("rollback"))).toEqual(rights);
});

it("documents what a repair asks for beyond that", () => {
  const already = new Set(documented(role.rules));
  const more = asked(rightsOf("repair")).filter((right) => !already.has(right));
  expect(more).toEqual(documented(additions.at(1) ?? []));
});

it("asks for no more than the Role where previous data is removed", () => {
  const already = new Set(documented(role.rules));
  expect(asked(rightsOf("finalize")).filter((right) => !already.has(right))).toEqual([]);
});

it("documents what a controller of another namespace needs there", () => {
  expect(documented(additions.at(2) ?? [])).toEqual(asked(controllerRights));
});

it("documents what the user cluster is asked for", () => {
  expect(documented(additions.at(3) ?? [])).toEqual([
    " namespaces get",
    "coordination.k8s.io leases get",
    "coordination.k8s.io leases patch",
  ]);
});
