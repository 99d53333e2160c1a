import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostedScripts } from "../../components/hosted/hostedScripts";
import { repairAfterGuard } from "../../components/repair/repairOrder";
import { repairPodScript, repairPodScripts, repairScript } from "../../components/repair/repairScripts";
import {
  operatorFunctions,
  operatorScript,
  utilityScript,
  utilityScripts,
} from "../../components/restore/restoreScripts";
import { assembleScript } from "../../components/steps/scripts";

const root = join(__dirname, "..", "..");
const operators = readdirSync(join(root, "components/restore/scripts/operator"))
  .map((name) => name.replace(/\.sh$/, ""))
  .filter((name) => !operatorFunctions.has(name));

/** Every script as it runs: functions and steps in one text. */
const assembled: Record<string, string> = {
  ...Object.fromEntries(utilityScripts.map((name) => [`utility Pod: ${name}`, utilityScript(name)])),
  ...Object.fromEntries(operators.map((name) => [`restore: ${name}`, operatorScript(name)])),
  ...Object.fromEntries(repairPodScripts.map((name) => [`repair Pod: ${name}`, repairPodScript(name)])),
  ...Object.fromEntries(
    ["preflight", "guard", ...repairAfterGuard, "undo"].map((name) => [
      `repair: ${name}`,
      repairScript(name),
    ]),
  ),
  "backup: capture": assembleScript([...hostedScripts, join(root, "components/backup/scripts/capture.sh")]),
  "backup: seal": assembleScript([join(root, "components/backup/scripts/seal.sh")]),
};

/** Functions that one step of the family does not call, and the environment that the graph gives. */
const excluded = ["SC2317", "SC2329", "SC2153", "SC2154", "SC2034"];

describe.each(Object.entries(assembled))("%s", (_, script) => {
  it("is shellcheck-clean POSIX sh", () => {
    const checked = spawnSync("shellcheck", ["--shell=sh", `--exclude=${excluded}`, "--format=gcc", "-"], {
      input: script,
      encoding: "utf8",
    });
    expect(checked.stdout).toBe("");
    expect(checked.status).toBe(0);
  });

  it.each([["dash"], ["busybox", "ash"]])("is parsed by %s", (...shell) => {
    const [program = "", ...rest] = shell;
    expect(spawnSync(program, [...rest, "-n"], { input: script, encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
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
