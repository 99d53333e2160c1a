import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program } from "../../../automation/cli";
import { bashCompletion } from "../../../automation/commandLine/completion/bash";
import { completionTree, everyCommand } from "../../../automation/commandLine/completion/completionTree";
import { fishCompletion } from "../../../automation/commandLine/completion/fish";
import { zshCompletion } from "../../../automation/commandLine/completion/zsh";

const tree = completionTree(program());
const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-completion-"));
beforeAll(() => {
  for (const name of ["a.db", "b c.db"]) writeFileSync(join(directory, name), "");
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What bash completes at the end of these words. */
function completed(...words: string[]): string[] {
  const script = `${bashCompletion(tree)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _etcd_recovery
[ "\${#COMPREPLY[@]}" -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const argv = ["--norc", "-c", script, "bash", "etcd-recovery", ...words];
  return execFileSync("bash", argv, { cwd: directory, encoding: "utf8" }).split("\n").slice(0, -1);
}

describe("bash", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      "commands, none that is hidden",
      [""],
      ["snapshot", "catalog", "backup", "check", "undo", "resume", "release", "machines", "completion"],
    ],
    ["commands below", ["snapshot", ""], ["inspect", "diff", "get", "search"]],
    ["files, with blanks in their names", ["snapshot", "inspect", ""], ["a.db", "b c.db"]],
    ["the second file", ["snapshot", "diff", "a.db", "b"], ["b c.db"]],
    ["nothing where only a person knows it", ["snapshot", "get", "a.db", ""], []],
    ["options by their beginning", ["undo", "--y"], ["--yes"]],
    ["an option's values", ["snapshot", "inspect", "-o", ""], ["table", "json", "yaml"]],
    ["the same behind =", ["snapshot", "inspect", "--output", "=", "j"], ["json"]],
    ["a file of an option", ["undo", "--admin-kubeconfig", "a"], ["a.db"]],
    ["past an option's value", ["snapshot", "get", "-n", "shop", "a"], ["a.db"]],
    ["an argument's choices", ["completion", ""], ["bash", "zsh", "fish"]],
  ])("%s", (_, words, expected) => {
    expect(completed(...words)).toEqual(expected);
  });

  it("runs nothing of what was typed", () => {
    completed("snapshot", "inspect", "$(touch pwned)", "`touch pwned`", "");
    completed("snapshot", "get", '"; touch pwned; "', "");
    expect(readdirSync(directory)).toEqual(["a.db", "b c.db"]);
  });
});

it.each([
  ["bash", bashCompletion],
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
])("%s: names every command and every option", (_, completion) => {
  const text = completion(tree);
  for (const { words, options } of everyCommand(tree)) {
    expect(text).toContain(words.at(-1));
    for (const { flags } of options)
      for (const flag of flags)
        expect(text, flag).toMatch(new RegExp(`${flag}\\b|-[ls] ${flag.replace(/^-+/, "")}\\b`));
  }
  expect(text).not.toContain("step");
});
