import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type MemberScriptKind,
  memberFiles,
  memberFunctions,
  memberScripts,
} from "../../components/member/memberScripts";

const root = join(__dirname, "..", "..");
const scripts = join(root, "components", "member", "scripts");
const kinds: readonly MemberScriptKind[] = ["restore", "rollback", "repair", "finalize"];
const names = readdirSync(scripts).sort();
/** Bytes of an operation's scripts: they lie in its stack's state. */
const limits = { restore: 16_000, rollback: 19_000, repair: 11_000, finalize: 11_000 } as const;

/** A name that the script sets for those that read it, or reads from the one before. */
const excluded = ["SC2034", "SC2154"];

it("knows every member script, and gives each to some operation", () => {
  expect(names).toEqual([...memberFunctions, ...memberScripts].map((name) => `${name}.sh`).sort());
  const given = kinds.flatMap((kind) => Object.keys(memberFiles(kind)));
  expect([...new Set(given)].sort()).toEqual(names);
});

describe.each(names)("member script %s", (name) => {
  it("is shellcheck-clean POSIX sh, with what it reads", () => {
    const argv = ["--shell=sh", "-x", "-P", "SCRIPTDIR", `--exclude=${excluded}`, "--format=gcc", name];
    const checked = spawnSync("shellcheck", argv, { cwd: scripts, encoding: "utf8" });
    expect(checked).toMatchObject({ stdout: "", stderr: "", status: 0 });
  });

  it("holds no text over several lines, of which lines could be taken for comments", () => {
    const text = readFileSync(join(scripts, name), "utf8");
    expect(text).not.toContain("<<");
    const spread = text.split("\n").filter((line) => !line.trim().startsWith("#") && !evenQuotes(line));
    expect(spread).toEqual([]);
  });
});

it("keeps every member script at a length that is read at once", () => {
  for (const name of names)
    expect(readFileSync(join(scripts, name), "utf8").split("\n").length, name).toBeLessThan(200);
});

describe.each(kinds)("scripts of a %s as they are recorded", (kind) => {
  const files = memberFiles(kind);

  it.each([["dash"], ["busybox", "ash"]])("are parsed by %s", (...shell) => {
    const [program = "", ...rest] = shell;
    for (const text of Object.values(files))
      expect(spawnSync(program, [...rest, "-n"], { input: text, encoding: "utf8" })).toMatchObject({
        status: 0,
        stderr: "",
      });
  });

  it("hold all that they read", () => {
    for (const text of Object.values(files))
      for (const [, read = ""] of text.matchAll(/^\. "\$\{0%\/\*\}\/(.+)"$/gm))
        expect(files).toHaveProperty([read]);
  });

  it("are code alone, the same each time, and few enough to be kept in a state", () => {
    expect(memberFiles(kind)).toEqual(files);
    const text = Object.values(files).join("");
    expect(text.match(/^[ \t]*(#.*)?\n/gm)).toBe(null);
    expect(text.length).toBeLessThan(limits[kind]);
  });
});

it("checks every other script of the project", () => {
  const tracked = execFileSync(
    "git",
    ["-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "*.sh"],
    { encoding: "utf8" },
  );
  const others = tracked.split("\n").filter((file) => file !== "" && !file.startsWith("components/"));
  const checked = spawnSync("shellcheck", ["--format=gcc", ...others], { cwd: root, encoding: "utf8" });
  expect(checked.stdout).toBe("");
});

function evenQuotes(line: string): boolean {
  return (line.match(/"/g)?.length ?? 0) % 2 === 0;
}
