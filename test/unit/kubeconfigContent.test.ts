import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { withSecrets } from "../../automation/step/secretsByStdin";
import { readAccess } from "../../components/access/clusterAccess";
import {
  BY_STDIN,
  fileOfKubeconfig,
  isKubeconfigText,
  keepKubeconfig,
} from "../../components/access/kubeconfig/kubeconfigText";
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

  it("reaches a step by standard input, and lies in no file before kubectl needs one, which its user alone can read", () => {
    const text = withSecrets(told({ adminKubeconfig: BY_STDIN, userKubeconfig: "/k" }), () =>
      JSON.stringify({ adminKubeconfig: kubeconfigText }),
    );
    const { substrate } = JSON.parse(text ?? "");
    expect(substrate.userKubeconfig).toBe("/k");
    const path = substrate.adminKubeconfig;
    expect(readAccess({ kubeconfig: path }).server.href).toMatch(/^https:/);
    expect(existsSync(dirname(path))).toBe(false);
    for (const _ of [1, 2]) expect(fileOfKubeconfig(path)).toBe(path);
    expect(readFileSync(path, "utf8")).toBe(kubeconfigText);
    for (const each of [path, dirname(path)]) expect(statSync(each).mode & 0o077).toBe(0);
    expect(fileOfKubeconfig("/home/me/a.kubeconfig")).toBe("/home/me/a.kubeconfig");
  });

  it("of one cluster is not that of another, although both have its name", () => {
    const other = kubeconfigText.replaceAll("S3cretToken", "OtherToken");
    const paths = [kubeconfigText, other, kubeconfigText].map((text) =>
      keepKubeconfig("adminKubeconfig", text),
    );
    expect(paths[0]).toBe(paths[2]);
    expect(paths.slice(0, 2).map((kubeconfig) => readAccess({ kubeconfig }).user)).toMatchObject([
      { token: "S3cretToken" },
      { token: "OtherToken" },
    ]);
  });

  it("leaves nothing with a program that is killed, as the engine ends a component's", () => {
    const program = `require("tsx/cjs");
       const { readAccess } = require("./components/access/clusterAccess.ts");
       const { keepKubeconfig } = require("./components/access/kubeconfig/kubeconfigText.ts");
       const kubeconfig = keepKubeconfig("adminKubeconfig", require("fs").readFileSync(0, "utf8"));
       if (readAccess({ kubeconfig }).server) process.kill(process.pid, "SIGKILL")`;
    const env = { ...process.env, TMPDIR: directory };
    const options = { cwd: root, env, input: kubeconfigText, encoding: "utf8" } as const;
    const ran = spawnSync(process.execPath, ["-e", program], options);
    expect(ran, ran.stderr).toMatchObject({ signal: "SIGKILL" });
    expect(readdirSync(directory).filter((name) => name.includes("kubeconfig"))).toEqual([]);
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
       const { fileOfKubeconfig, keepKubeconfig } = require("./components/access/kubeconfig/kubeconfigText.ts");
       const path = fileOfKubeconfig(keepKubeconfig("admin", "S3cret\\n"));
       process.stdout.write(require("fs").readFileSync(path, "utf8") + path);
       ${end}`;
    for (const [end, outcome] of [
      ["process.exit(3)", { status: 3 }],
      ["process.kill(process.pid, 'SIGTERM'); setTimeout(() => 0, 5000)", { signal: "SIGTERM" }],
    ] as const) {
      const env = { ...process.env, TMPDIR: directory };
      const ran = spawnSync(process.execPath, ["-e", program(end)], { cwd: root, env, encoding: "utf8" });
      expect(ran, ran.stderr).toMatchObject(outcome);
      const [content, path = ""] = ran.stdout.split("\n");
      expect(content).toBe("S3cret");
      expect(path).toContain(directory);
      expect(existsSync(path)).toBe(false);
    }
    expect(readdirSync(directory).filter((name) => name.includes("kubeconfig"))).toEqual([]);
  });

  it("that a step left which was killed while kubectl ran, is removed by the next, and none of one that lives", () => {
    const program = (end: string) =>
      `require("tsx/cjs");
       const { fileOfKubeconfig, keepKubeconfig } = require("./components/access/kubeconfig/kubeconfigText.ts");
       process.stdout.write(fileOfKubeconfig(keepKubeconfig("admin", "S3cret\\n")));
       ${end}`;
    const run = (end: string) => {
      const env = { ...process.env, TMPDIR: directory };
      return spawnSync(process.execPath, ["-e", program(end)], { cwd: root, env, encoding: "utf8" }).stdout;
    };
    const killed = run("process.kill(process.pid, 'SIGKILL')");
    expect(existsSync(killed)).toBe(true);
    const living = join(directory, `etcd-recovery-kubeconfig-${process.pid}-0`);
    mkdirSync(living);
    run("");
    expect(existsSync(dirname(killed))).toBe(false);
    expect(existsSync(living)).toBe(true);
  });
});
