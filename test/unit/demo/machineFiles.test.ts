import { readFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import { describe, expect, it } from "vitest";
import { diagnosticsOf } from "../../../lab/demo/machines/carriedOut";
import { refusalIn } from "../../../lab/demo/machines/changedHostKey";
import { addedPaths, differingFiles } from "../../../lab/demo/machines/machineFiles";
import { madeResource } from "../../../lab/demo/machines/machineStacks";

describe("files of a machine", () => {
  it.each([
    ["nothing", ["/a"], ["/a"], []],
    ["what is new", ["/a"], ["/a", "/b", "/c"], ["/b", "/c"]],
    ["a new directory alone", ["/a"], ["/a", "/b", "/b/c", "/b/c/d", "/bc"], ["/b", "/bc"]],
    ["nothing that is gone", ["/a", "/b"], ["/a"], []],
  ])("were added: %s", (_, before, after, added) => {
    expect(addedPaths(new Set(before), new Set(after))).toEqual(added);
  });

  it.each([
    ["another mode", "f 644 0:0 aa"],
    ["another owner", "f 600 1:0 aa"],
    ["other bytes", "f 600 0:0 bb"],
    ["another kind", "l 600 0:0 aa"],
  ])("differ by %s", (_, now) => {
    const before = new Map([["/a", "f 600 0:0 aa"]]);
    expect(differingFiles(before, new Map(before))).toEqual([]);
    expect(differingFiles(before, new Map([["/a", now]]))).toEqual(["/a"]);
  });

  it("differ when one is gone or new", () => {
    const some = new Map([["/a", "f"]]);
    expect(differingFiles(some, new Map())).toEqual(["/a"]);
    expect(differingFiles(new Map(), some)).toEqual(["/a"]);
  });
});

describe("what pulumi shows", () => {
  it.each([
    [
      " +  command:local:Command restore-admin-cp-swap created (2s) admin-cp: swapped",
      "restore-admin-cp-swap",
    ],
    [" +  command:local:Command restore-admin-cp-swap creating (2s) admin-cp: swapped", undefined],
    [" +  command:local:Command restore-admin-cp-swap **creating failed** error", undefined],
    [" +  etcd-recovery:index:Swap restore-swap created ", undefined],
  ])("of a step: %s", (line, step) => {
    expect(madeResource(line)).toBe(step);
  });

  it("of a changed host key is told from its subject on", () => {
    const sentence =
      "jump host 10.0.0.2: shows the ED25519 host key SHA256:abc, not the one that ssh.jump says";
    expect(refusalIn(`updating\n + stack creating (3s) what: ${sentence}\n`)).toBe(sentence);
    expect(refusalIn("jump host 10.0.0.2: does not answer")).toBeUndefined();
  });

  it("at its end is told without the counts", () => {
    expect(diagnosticsOf(" + a created\nDiagnostics:\n  a: error: b\n\nResources:\n    + 1 created\n")).toBe(
      "Diagnostics:\n  a: error: b",
    );
  });
});

it("what ruins a machine is shellcheck-clean POSIX sh", async () => {
  const input = readFileSync(join(__dirname, "../../../lab/demo/machines/ruin.sh"), "utf8");
  const checked = await execa("shellcheck", ["--shell=sh", "-"], { input, reject: false });
  expect(checked.stdout).toBe("");
});
