import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { withSecrets } from "../../automation/step/secretsByStdin";
import { BY_STDIN, isKubeconfigText } from "../../components/access/kubeconfig/kubeconfigText";
import { kubeconfigText } from "../support/componentScene";
import { scratchDirectory } from "../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => void execFileSync("rm", ["-rf", directory]));
const root = join(__dirname, "..", "..");

const told = (substrate: object) => JSON.stringify({ format: 1, substrate });

describe("a kubeconfig that is given as content", () => {
  it("is told from a path", () => {
    expect(isKubeconfigText(kubeconfigText)).toBe(true);
    expect(isKubeconfigText('{"apiVersion":"v1"}')).toBe(true);
    for (const path of ["/home/me/a.kubeconfig", "relative path", "./{odd}"])
      expect(isKubeconfigText(path)).toBe(false);
  });

  it("reaches a step by standard input, as a file that its user alone can read", () => {
    const text = withSecrets(told({ adminKubeconfig: BY_STDIN, userKubeconfig: "/k" }), () =>
      JSON.stringify({ adminKubeconfig: kubeconfigText }),
    );
    const { substrate } = JSON.parse(text ?? "");
    expect(substrate.userKubeconfig).toBe("/k");
    expect(readFileSync(substrate.adminKubeconfig, "utf8")).toBe(kubeconfigText);
    expect(statSync(substrate.adminKubeconfig).mode & 0o077).toBe(0);
  });

  it("is not asked for where paths are given, and named when it is missing", () => {
    const paths = told({ adminKubeconfig: "/k" });
    const never = () => {
      throw new Error("read");
    };
    expect(withSecrets(paths, never)).toBe(paths);
    expect(withSecrets(undefined, never)).toBeUndefined();
    expect(() => withSecrets(told({ adminKubeconfig: BY_STDIN }), () => "")).toThrow(
      "standard input holds no adminKubeconfig",
    );
  });

  it("is gone when the step has ended, also by a signal", () => {
    const program = (end: string) =>
      `require("tsx/cjs");
       const { fileOfKubeconfig } = require("./components/access/kubeconfig/kubeconfigText.ts");
       process.stdout.write(fileOfKubeconfig("admin", "S3cret\\n"));
       ${end}`;
    for (const [end, outcome] of [
      ["process.exit(3)", { status: 3 }],
      ["process.kill(process.pid, 'SIGTERM'); setTimeout(() => 0, 5000)", { signal: "SIGTERM" }],
    ] as const) {
      const env = { ...process.env, TMPDIR: directory };
      const ran = spawnSync(process.execPath, ["-e", program(end)], { cwd: root, env, encoding: "utf8" });
      expect(ran, ran.stderr).toMatchObject(outcome);
      expect(ran.stdout).toContain(directory);
      expect(existsSync(ran.stdout)).toBe(false);
    }
    expect(readdirSync(directory).filter((name) => name.includes("kubeconfig"))).toEqual([]);
  });
});
