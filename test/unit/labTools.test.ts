import { describe, expect, test } from "vitest";
import { missingPackages } from "../../lab/tools/debianPackages";
import { isSufficientGo } from "../../lab/tools/goToolchain";
import { isSufficientVersion, parseVersion } from "../../lab/tools/pathTools";
import { cacheDirectory, familyKey, readIngredients } from "../../lab/tools/toolCache";
import { buildFlags, familyOf, toolFamilies, toolNames, usualTools } from "../../lab/tools/toolFamilies";

describe("families of tools", () => {
  test("build every tool exactly once", () => {
    const names = toolFamilies.flatMap(toolNames);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(17);
  });

  test("but those that one test asks for by name, all are built for a lab", () => {
    const single = ["pulumi-language-yaml", "fake-gcs-server"];
    expect(usualTools()).toEqual(toolFamilies.flatMap(toolNames).filter((name) => !single.includes(name)));
  });

  test("etcd is built first, for most tests need nothing else", () => {
    expect(toolFamilies[0]?.name).toBe("etcd");
  });

  test("Kubernetes programs are told their version, in both packages that keep one", () => {
    const flags = buildFlags(familyOf("kubelet"));
    expect(flags).toContain("-pgo=off");
    expect(flags.at(-1)).toContain("-X k8s.io/component-base/version.gitVersion=v1.36.3");
    expect(flags.at(-1)).toContain("-X k8s.io/client-go/pkg/version.gitMinor=36");
  });

  test("pulumi is told its version: the Automation API refuses a CLI without one", () => {
    const flags = buildFlags(familyOf("pulumi"));
    expect(flags).toContain("-tags=osusergo,grpcnotrace");
    expect(flags.at(-1)).toMatch(/version\.Version=v3\.259\.0$/);
  });

  test("each has a go.mod that selects the version it claims", async () => {
    for (const family of toolFamilies.filter((candidate) => candidate.moduleDirectory !== undefined)) {
      const { files } = await readIngredients(family, "go1.26.0");
      expect(files["go.mod"]).toContain(family.version);
      expect(files["go.sum"]).not.toBe("");
    }
  });
});

describe("the key of a family", () => {
  const ingredients = {
    files: { "go.mod": "module a", "go.sum": "" },
    goVersion: "go1.26.8",
    flags: ["-trimpath"],
  };
  const key = familyKey("etcd", ingredients);

  test("is the same for the same ingredients, in whatever order the files come", () => {
    const files = { "go.sum": "", "go.mod": "module a" };
    expect(familyKey("etcd", { ...ingredients, files })).toBe(key);
    expect(key).toMatch(/^etcd-[0-9a-f]{16}$/);
  });

  test.each([
    ["a file", { ...ingredients, files: { ...ingredients.files, "go.sum": "x" } }],
    ["a further file", { ...ingredients, files: { ...ingredients.files, "main.go": "" } }],
    ["Go", { ...ingredients, goVersion: "go1.26.9" }],
    ["a flag", { ...ingredients, flags: ["-trimpath", "-race"] }],
  ])("changes with %s", (_, changed) => {
    expect(familyKey("etcd", changed)).not.toBe(key);
  });
});

describe("the cache", () => {
  test("lies in the home directory unless it is told otherwise", () => {
    expect(cacheDirectory({ ETCD_RECOVERY_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
    expect(cacheDirectory({ XDG_CACHE_HOME: "/b" })).toBe("/b/etcd-recovery");
    expect(cacheDirectory({})).toMatch(/\/\.cache\/etcd-recovery$/);
  });
});

describe("a tool found on PATH", () => {
  test.each([
    ["etcd Version: 3.6.14\nGit SHA: abc", [3, 6, 14]],
    ["Client Version: v1.36.3\nKustomize Version: v5.8.0", [1, 36, 3]],
    ["v3.259.0", [3, 259, 0]],
    ["no number here", undefined],
  ])("tells its version: %s", (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  test.each([
    ["etcd", [3, 6, 14], [3, 6, 14], true],
    ["etcd", [3, 6, 15], [3, 6, 14], true],
    ["etcd", [3, 6, 13], [3, 6, 14], false],
    ["etcd", [3, 7, 0], [3, 6, 14], false],
    ["kubernetes", [1, 37, 0], [1, 36, 3], false],
    ["pulumi", [3, 260, 0], [3, 259, 0], true],
    ["pulumi", [3, 258, 9], [3, 259, 0], false],
    ["pulumi", [4, 0, 0], [3, 259, 0], false],
  ])("%s %j instead of %j: %s", (family, found, wanted, sufficient) => {
    expect(isSufficientVersion(family, found, wanted)).toBe(sufficient);
  });
});

test.each([
  ["go1.26", true],
  ["go1.26.8", true],
  ["go1.27rc1", true],
  ["go2.0", true],
  ["go1.25.9", false],
  ["devel", false],
])("Go %s can build the tools: %s", (version, sufficient) => {
  expect(isSufficientGo(version)).toBe(sufficient);
});

test("a package counts as there only when it is fully installed", () => {
  const answer = "zstd installed\nrunc config-files\ncontainerd half-configured\n";
  expect(missingPackages(["zstd", "runc", "containerd", "sudo"], answer)).toEqual([
    "runc",
    "containerd",
    "sudo",
  ]);
});
