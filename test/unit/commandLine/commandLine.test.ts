import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { program } from "../../../automation/cli";
import { CliCommand, callOf } from "../../../automation/commandLine/cliCommand";
import { commandPage } from "../../../automation/commandLine/commandPage";
import { hostedRecovery } from "../../../automation/recovery/hostedRecovery";
import { cli, runCommand } from "../../support/commandLine";

const root = join(__dirname, "../../..");
const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-cli-"));
afterAll(() => rmSync(directory, { recursive: true }));
const run = (...argv: string[]) => runCommand(directory, ...argv);

const visible = (command: Command): Command[] => [
  command,
  ...command.createHelp().visibleCommands(command).flatMap(visible),
];
const commands = visible(program()).map((command) => [callOf(command), command] as const);

it("docs/reference/commands.md is what the command line says of itself", () => {
  const page = readFileSync(join(root, "docs/reference/commands.md"), "utf8");
  expect(page.slice(page.indexOf("## "))).toBe(commandPage(program()));
});

it("--version says package.json's", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const option of ["--version", "-V"])
    expect(await run(option)).toEqual({ exitCode: 0, stdout: version, stderr: "" });
});

describe("--help", () => {
  it.each(commands)("%s has an example that can be run, exit codes, and fits a terminal", async (call) => {
    const [, ...words] = call.split(" ");
    const { exitCode, stdout } = await run(...words, "--help");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Examples:\n {2}\S/m);
    expect(stdout).toMatch(/^Exit codes:\n {2}0 +\S/m);
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it.each(commands)("%s: its usage has each of its arguments", (_, command) => {
    for (const argument of command.registeredArguments) expect(command.usage()).toContain(argument.name());
  });

  it("breaks lines where they end, at the width of most terminals", async () => {
    const { stdout } = await run("--help");
    expect(stdout).toContain("beside this one\n(README.md); here are the commands around them.\n");
  });

  it.each(commands)("%s: its examples name commands, options and formats that there are", (_, command) => {
    expect(command).toBeInstanceOf(CliCommand);
    for (const example of (command as CliCommand).examples) {
      const words = example.slice(example.indexOf("etcd-recovery ")).split(/ +/);
      let at: Command = program();
      for (const word of words.slice(1)) at = at.commands.find((one) => one.name() === word) ?? at;
      const flags = at.options.flatMap(({ short, long }) => [short, long]).concat("-h", "--help");
      const used = words.filter((word) => /^--?[a-z]/.test(word));
      expect(flags).toEqual(expect.arrayContaining(used));
    }
  });
});

describe("a mistake on the command line", () => {
  it.each<[string, readonly string[], string]>([
    [
      "all that is missing, at once",
      ["undo"],
      "error: missing: --namespace <name>, --admin-kubeconfig <path>; or: --machines <file>",
    ],
    [
      "of a way that was begun, the rest",
      ["undo", "-n", "uc1"],
      "error: missing: --admin-kubeconfig <path>\n",
    ],
    [
      "two ways at once",
      ["undo", "-n", "uc1", "--machines", "f"],
      "error: --namespace and --machines: only one of the two",
    ],
    [
      "one way's key, and the other way",
      ["undo", "-n", "uc1", "--ssh-key", "f"],
      "error: option '--ssh-key <file>' cannot be used with option '-n, --namespace <name>'",
    ],
    [
      "two keys for one door",
      ["release", "--machines", "f", "--ssh-key", "f", "--ssh-agent"],
      "error: option '--ssh-agent' cannot be used with option '--ssh-key <file>'",
    ],
    ["arguments too", ["snapshot", "get", "-n", "x"], "error: missing: <file>, <kind>, <name>"],
    ["a query", ["snapshot", "search", "a.db"], "error: missing: <query>"],
    ["files and a query", ["snapshot", "search"], "error: missing: <files...>"],
    ["the unknown before the missing", ["undo", "--nmespace", "uc1"], "error: unknown option '--nmespace'"],
    ["the same of arguments", ["snapshot", "get", "--bogus"], "error: unknown option '--bogus'"],
    ["too much", ["snapshot", "inspect", "a", "b"], "error: too many arguments for 'inspect'."],
    ["two that contradict", ["undo", "--yes", "--dry-run"], "error: option '--dry-run' cannot be used with"],
  ])("%s", async (_, argv, sentence) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr.startsWith(sentence), stderr).toBe(true);
    const call = argv.filter((word) =>
      ["snapshot", "get", "search", "inspect", "undo", "release"].includes(word),
    );
    expect(stderr.split("\n").at(-1)).toBe(`Help: etcd-recovery ${call.join(" ")} --help`);
  });

  it("is one in the namespace, too: said before a kubeconfig is read", () => {
    const adminKubeconfig = "none";
    for (const namespace of ["uc1/../x", "", "UC1"])
      expect(() => hostedRecovery({ adminKubeconfig, namespace })).toThrow(
        "--namespace: must be a Kubernetes name: lower-case letters, digits, '-'. Give another: --namespace NAME",
      );
  });

  it("suggests nothing that changes a cluster", async () => {
    for (const word of ["restore", "resum", "und", "undoo", "reesume"]) {
      const { exitCode, stderr } = await run(word);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: `error: unknown command '${word}'\nHelp: etcd-recovery --help`,
      });
    }
    for (const command of ["undo", "resume"])
      expect((await run(command, "--ye")).stderr).not.toMatch(/Did you mean/);
  });

  it("suggests what only looks", async () => {
    expect((await run("snapshot", "inspct")).stderr).toContain("Did you mean inspect?");
    expect((await run("snapshot", "inspect", "--jsn")).stderr).toContain("Did you mean --json?");
  });
});

describe("what a process ends with", () => {
  /** In a shell, as a person starts it; standard output or error as the shell says. */
  const shell = (line: string) =>
    spawnSync("sh", ["-c", `"$0" "$1" snapshot inspect ${line}`, process.execPath, cli], {
      cwd: directory,
      encoding: "utf8",
    });

  it("is what it found, where nobody can read what it says", () => {
    writeFileSync(join(directory, "empty.db"), "");
    for (const line of ["empty.db 2>/dev/full", "empty.db 2>&-"]) expect(shell(line).status).toBe(3);
  });

  it("says why nothing is printed", () => {
    const { status, stderr } = shell("none.db --json >/dev/full");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "standard output: cannot be written: ENOSPC. Give another file or pipe.\n",
    });
  });
});
