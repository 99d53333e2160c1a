import { execFile, execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { launcher } from "../../components/steps/launcher";

const repository = join(__dirname, "..", "..");
const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "etcd-recovery step's ")));
  made.push(directory);
  return directory;
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
}

describe("the finder of the step program", () => {
  const program = join("bin", "etcd-recovery-step.js");
  const named = (name: string) => `console.log(${JSON.stringify(name)}, process.argv.slice(2).join())`;

  /** Runs it as a Command does. */
  function find(shell: readonly string[], cwd: string, env: Record<string, string> = {}) {
    const [sh = "", ...applet] = shell;
    const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
    const ran = spawnSync(sh, [...applet, "-c", launcher, "etcd-recovery", "swap"], {
      cwd,
      env: { PATH, ...env },
      encoding: "utf8",
    });
    return { code: ran.status, stdout: ran.stdout.trim(), stderr: ran.stderr.trim() };
  }

  describe.each([
    ["dash", ["/bin/dash"]],
    ["busybox ash", ["/bin/busybox", "ash"]],
  ])("%s", (_, shell) => {
    it("takes ETCD_RECOVERY_HOME before all others", () => {
      const directory = newDirectory();
      put(join(directory, "home", program), named("home"));
      put(join(directory, "project", program), named("checkout"));
      const env = { ETCD_RECOVERY_HOME: join(directory, "home") };
      expect(find(shell, join(directory, "project"), env)).toEqual({
        code: 0,
        stdout: "home swap",
        stderr: "",
      });
    });

    it("refuses an ETCD_RECOVERY_HOME that is none, although others are there", () => {
      const directory = newDirectory();
      put(join(directory, program), named("checkout"));
      const { code, stderr, stdout } = find(shell, directory, { ETCD_RECOVERY_HOME: "/no where" });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toBe("ETCD_RECOVERY_HOME: /no where has no bin/etcd-recovery-step.js");
    });

    it("walks up: the checkout, or a directory's packages, whichever is nearer", () => {
      const directory = newDirectory();
      const deep = join(directory, "outer", "project", "deep");
      mkdirSync(deep, { recursive: true });
      put(join(directory, program), named("checkout"));
      expect(find(shell, deep).stdout).toBe("checkout swap");
      put(join(directory, "outer", "node_modules", "etcd-recovery", program), named("package"));
      expect(find(shell, deep).stdout).toBe("package swap");
      put(join(directory, "outer", "project", program), named("inner"));
      expect(find(shell, deep).stdout).toBe("inner swap");
    });

    it("takes the program on PATH last", () => {
      const directory = newDirectory();
      put(join(directory, "path", "etcd-recovery"), '#!/bin/sh\necho "path $*"\n');
      const PATH = `${join(directory, "path")}:/usr/bin:/bin`;
      expect(find(shell, directory, { PATH }).stdout).toBe("path step swap");
      expect(find(shell, "/", { PATH }).stdout).toBe("path step swap");
    });

    it("says what to run when there is none, and passes an exit code on", () => {
      const directory = newDirectory();
      const { code, stderr } = find(shell, directory, { PATH: "/usr/bin:/bin" });
      expect(code).toBe(2);
      expect(stderr).toBe("etcd-recovery not found: npm install etcd-recovery, or set ETCD_RECOVERY_HOME");
      put(join(directory, program), "process.exit(3)");
      expect(find(shell, directory).code).toBe(3);
    });
  });

  it("is short, since each step's resource holds it, and has no mistake that shellcheck knows", () => {
    expect(launcher.length).toBeLessThanOrEqual(420);
    execFileSync("shellcheck", ["--shell=sh", "-"], { input: launcher });
  });
});

describe("bin in a checkout", { timeout: 60_000 }, () => {
  const main = "automation/step/main.ts";
  const reading = `import { readFileSync } from "node:fs";
import { join } from "node:path";
export const asset = () => readFileSync(join(__dirname, "scripts", "a.sh"), "utf8");`;
  const printing = (what: string) =>
    `import { asset } from "../../components/room/reader";\nconsole.log(${JSON.stringify(what)}, process.argv[2], asset());`;

  /** A checkout with this one's bin, and a step program that prints. */
  function checkout(packages: readonly string[] = ["esbuild", "tsx"]): string {
    const root = newDirectory();
    for (const each of ["bin", "automation/packaging"])
      cpSync(join(repository, each), join(root, each), { recursive: true });
    put(join(root, "tsconfig.json"), "{}");
    put(join(root, "package.json"), '{"version":"1.2.3"}');
    put(join(root, "package-lock.json"), "{}");
    put(join(root, main), printing("first"));
    put(join(root, "components/room/reader.ts"), reading);
    put(join(root, "components/room/scripts/a.sh"), "echo a");
    mkdirSync(join(root, "node_modules"));
    for (const name of packages)
      symlinkSync(join(repository, "node_modules", name), join(root, "node_modules", name));
    return root;
  }

  const step = (root: string, ...argv: string[]) => {
    const ran = spawnSync(process.execPath, [join(root, "bin", "etcd-recovery-step.js"), ...argv], {
      encoding: "utf8",
      cwd: "/",
    });
    return { code: ran.status, stdout: ran.stdout.trim(), stderr: ran.stderr.trim() };
  };
  const kept = (root: string) => join(root, "node_modules/.cache/etcd-recovery/step.js");

  it("runs what the sources say now, and builds only when they have changed", () => {
    const root = checkout();
    expect(step(root, "swap")).toEqual({ code: 0, stdout: "first swap echo a", stderr: "" });
    // what is kept is what runs
    writeFileSync(kept(root), readFileSync(kept(root), "utf8").replace("first", "from what is kept"));
    expect(step(root, "swap").stdout).toBe("from what is kept swap echo a");
    put(join(root, "components/room/scripts/a.sh"), "echo b");
    expect(step(root, "swap").stdout).toBe("from what is kept swap echo b");

    put(join(root, main), printing("other"));
    expect(step(root, "swap").stdout).toBe("other swap echo b");
    // same size, and a time that lies in the past
    put(join(root, main), printing("older"));
    utimesSync(join(root, main), new Date(0), new Date(0));
    expect(step(root, "swap").stdout).toBe("older swap echo b");
    put(join(root, "components/room/reader.ts"), 'export const asset = () => "none";');
    expect(step(root, "swap").stdout).toBe("older swap none");
    for (const file of ["package-lock.json", "bin/etcd-recovery-step.js"]) {
      writeFileSync(kept(root), readFileSync(kept(root), "utf8").replace('"older"', '"stale"'));
      expect(step(root, "swap").stdout).toBe("stale swap none");
      writeFileSync(join(root, file), `${readFileSync(join(root, file), "utf8")}\n`);
      expect(step(root, "swap").stdout).toBe("older swap none");
    }
    rmSync(join(root, "components/room/reader.ts"));
    expect(step(root, "swap")).toMatchObject({ code: 1, stdout: "" });
    expect(step(root, "swap").stderr).toMatch(/^etcd-recovery: .*\n.*Could not resolve.*reader/);
  });

  it("builds in several processes at once, and leaves nothing aside", async () => {
    const root = checkout();
    const run = promisify(execFile);
    const all = Array.from({ length: 4 }, (_, i) =>
      run(process.execPath, [join(root, "bin", "etcd-recovery-step.js"), `act${i}`]),
    );
    const printed = (await Promise.all(all)).map(({ stdout }) => stdout.trim());
    expect(printed).toEqual(all.map((_, i) => `first act${i} echo a`));
    const files = readdirSync(dirname(kept(root)));
    expect(files).toEqual([expect.stringMatching(/^step-[0-9a-f]{32}\.compiled$/), "step.js"]);
    // what is compiled belongs to its text alone
    put(join(root, main), printing("Again"));
    expect(step(root, "swap").stdout).toBe("Again swap echo a");
    expect(step(root, "swap").stdout).toBe("Again swap echo a");
    expect(readdirSync(dirname(kept(root)))).toHaveLength(2);
    expect(readdirSync(dirname(kept(root)))).not.toEqual(files);
  });

  it("says what to run where esbuild is absent, or tsx", () => {
    for (const packages of [["tsx"], ["esbuild"]]) {
      const root = checkout(packages);
      const { code, stderr } = step(root, "swap");
      expect(code).toBe(2);
      expect(stderr).toBe(`etcd-recovery: this checkout lacks packages. Run: npm ci --prefix ${root}`);
    }
  });

  it("never runs a build, and passes a step on", () => {
    const root = checkout();
    put(join(root, "dist/step.js"), 'console.log("built")');
    put(join(root, "dist/automation/cli.js"), 'exports.main = () => console.log("built")');
    put(join(root, "automation/cli.ts"), "export const main = (argv: string[]) => console.log(argv[2]);");
    const run = (...argv: string[]) =>
      execFileSync(process.execPath, [join(root, "bin/etcd-recovery.js"), ...argv], {
        encoding: "utf8",
      }).trim();
    expect(step(root, "swap").stdout).toBe("first swap echo a");
    expect(run("step", "swap")).toBe("first swap echo a");
    expect(run("snapshot")).toBe("snapshot");
    expect(run("step", "--help")).toBe("step");

    // the same as it is installed: without tsconfig.json
    rmSync(join(root, "tsconfig.json"));
    expect(step(root, "swap").stdout).toBe("built");
    expect(run("step", "swap")).toBe("built");
    expect(run("snapshot")).toBe("built");
  });

  it("packages the step program as one file that finds its scripts beside it", () => {
    const root = checkout(["esbuild", "tsx", "yaml", "zod"]);
    mkdirSync(join(root, "snapshot"));
    put(join(root, "Pulumi.yaml"), "name: etcd-recovery\nmain: index.ts\nconfig: {}\n");
    const schema = 'import { z } from "zod";\nexport const configSchema = z.union([z.object({})]);';
    put(join(root, "components/config/configSchema.ts"), schema);
    const tsx = join(repository, "node_modules/tsx/dist/cli.mjs");
    execFileSync(process.execPath, [tsx, join(root, "automation/packaging/assets.ts")]);
    rmSync(join(root, "tsconfig.json"));
    rmSync(join(root, "components"), { recursive: true });
    rmSync(join(root, "node_modules"), { recursive: true });
    expect(step(root, "swap")).toEqual({ code: 0, stdout: "first swap echo a", stderr: "" });
    expect(JSON.parse(readFileSync(join(root, "dist/package.json"), "utf8"))).toEqual({ version: "1.2.3" });
  });
});
