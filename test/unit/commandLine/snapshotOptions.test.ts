import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { progressOf } from "../../../automation/snapshot/progressLine";
import { kindNamed } from "../../../automation/snapshot/shortNames";
import { cli, runCommand } from "../../support/commandLine";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
const run = (...argv: string[]) => runCommand(directory, "snapshot", ...argv);
const page = fs.readFileSync(path.join(__dirname, "../../../docs/reference/snapshot.md"), "utf8");

beforeAll(() => {
  const records = kubernetesRecords(3);
  writeSnapshot(directory, "before.db", { records });
  writeSnapshot(directory, "after.db", { records: records.slice(0, -1) });
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

describe("every snapshot command prints for people, as JSON and as YAML", () => {
  const commands: readonly (readonly string[])[] = [
    ["inspect", "before.db"],
    ["inspect", "nosuch.db"],
    ["diff", "before.db", "after.db"],
    ["search", "before.db", "map"],
    ["get", "before.db", "cm", "map-1", "-n", "default", "--history"],
  ];

  it.each(commands.map((argv) => [argv.join(" "), argv] as const))("%s", async (_, argv) => {
    const json = await run(...argv, "-o", "json");
    const document = JSON.parse(json.stdout);
    expect(Object.keys(document)[0]).toBe("schemaVersion");
    expect(document.schemaVersion).toBe(1);
    expect(await run(...argv, "--json")).toEqual(json);
    expect(parse((await run(...argv, "-o", "yaml")).stdout)).toEqual(document);
    const table = await run(...argv, "-o", "table");
    expect(table).toEqual(await run(...argv));
    expect(table.stdout).not.toContain("schemaVersion");
    for (const field of Object.keys(document)) expect(page, field).toContain(`\`${field}\``);
  });

  it("get prints the object as kubectl does, which has a version of its own; as a table, its row", async () => {
    const yaml = await run("get", "before.db", "configmap", "default/map-1");
    expect(parse(yaml.stdout)).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    expect(yaml.stdout).not.toContain("schemaVersion");
    const json = await run("get", "before.db", "cm", "map-1", "--namespace", "default", "-o", "json");
    expect(JSON.parse(json.stdout)).toEqual(parse(yaml.stdout));
    expect((await run("get", "before.db", "cm", "default/map-1", "-o", "table")).stdout).toBe(
      "NAMESPACE  NAME   KIND       API VERSION  REVISION\ndefault    map-1  ConfigMap  v1           4",
    );
  });

  it("refuses two formats, and a format that there is not", async () => {
    const two = await run("inspect", "before.db", "--json", "-o", "yaml");
    expect(two).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "--json and --output yaml are two formats. Give one of them.",
    });
    const none = await run("inspect", "before.db", "-o", "xml");
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain("Allowed choices are table, json, yaml");
  });
});

describe("diff --exit-code", () => {
  it("says by its exit code whether something differs, and 3 still means refused", async () => {
    expect((await run("diff", "before.db", "after.db")).exitCode).toBe(0);
    expect((await run("diff", "before.db", "after.db", "--exit-code")).exitCode).toBe(1);
    expect((await run("diff", "before.db", "before.db", "--exit-code")).exitCode).toBe(0);
    expect((await run("diff", "before.db", "after.db", "--exit-code", "-n", "other")).exitCode).toBe(0);
    expect((await run("diff", "before.db", "nosuch.db", "--exit-code")).exitCode).toBe(2);
    expect((await run("diff", "before.db", ".", "--exit-code")).exitCode).toBe(3);
  });
});

describe("kubectl's ways to name an object", () => {
  it("short names, plurals, and either with a group", () => {
    expect(["deploy", "PO", "deployments", "deploy.apps"].map(kindNamed)).toEqual([
      ...["Deployment", "Pod", "Deployment", "Deployment.apps"],
    ]);
    expect(["widgets.example.com", "services.serving.example.com", "Widget"].map(kindNamed)).toEqual([
      ...["widgets.example.com", "services.serving.example.com", "Widget"],
    ]);
  });

  it("-n, which must not contradict the name", async () => {
    expect((await run("get", "before.db", "cm", "map-1", "-n", "default")).exitCode).toBe(0);
    expect((await run("get", "before.db", "cm", "map-1", "-n", "other")).exitCode).toBe(1);
    const both = await run("get", "before.db", "cm", "default/map-1", "-n", "other");
    expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--namespace says other") });
    const found = await run("search", "before.db", "map", "-n", "other");
    expect(found.stdout).toBe("before.db: none");
    const diff = await run("diff", "before.db", "after.db", "--kind", "cm", "-n", "default");
    expect(diff.stdout).toMatch(/^0 added, 1 removed, 0 changed/);
  });
});

describe("a snapshot on standard input", () => {
  const scratch = path.join(directory, "tmp");
  beforeAll(() => fs.mkdirSync(scratch));
  /** Pipes a file into the program. */
  const piped = (argv: readonly string[], file: string) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
      const options = { cwd: directory, env: { ...process.env, TMPDIR: scratch } };
      const child = spawn(cli, ["snapshot", ...argv], options);
      const said = { stdout: "", stderr: "" };
      child.stdout.on("data", (chunk) => (said.stdout += chunk));
      child.stderr.on("data", (chunk) => (said.stderr += chunk));
      child.stdin.on("error", () => undefined);
      child.once("close", (code) => done({ code, ...said }));
      fs.createReadStream(path.join(directory, file)).pipe(child.stdin);
    });

  it("is read, named in words, and nothing of it stays", async () => {
    const { stdout: direct } = await run("inspect", "before.db");
    const { code, stdout, stderr } = await piped(["inspect", "-"], "before.db");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd()).toBe(direct.replace("before.db", "standard input"));
    // tsx keeps what it has compiled there
    expect(fs.readdirSync(scratch).filter((name) => !name.startsWith("tsx-"))).toEqual([]);
  }, 60_000);

  it("is compared with a file, and searched among files", async () => {
    const diff = await piped(["diff", "-", "after.db"], "before.db");
    expect(diff).toMatchObject({ code: 0, stdout: expect.stringMatching(/^0 added, 1 removed/) });
    const found = await piped(["search", "before.db", "-", "map-1", "-o", "json"], "after.db");
    expect(JSON.parse(found.stdout).files.map(({ file }: { file: string }) => file)).toEqual([
      "before.db",
      "standard input",
    ]);
  }, 60_000);

  it("a refused one is named so too, and no path of ours shows", async () => {
    const small = path.join(directory, "small.db");
    fs.writeFileSync(small, "x");
    const { code, stderr } = await piped(["inspect", "-"], "small.db");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^standard input: /);
    expect(stderr).not.toMatch(/\/proc|\/dev|tmp/);
  }, 60_000);

  it("nowhere to put it: a sentence with the remedy", async () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = "/proc/none";
    try {
      const { exitCode, stderr } = await run("inspect", "-");
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr:
          "standard input: a temporary file in /proc/none cannot be made: ENOENT. Set TMPDIR to a directory that can be written.",
      });
    } finally {
      process.env.TMPDIR = before;
      if (before === undefined) delete process.env.TMPDIR;
    }
  });

  it("is read once", async () => {
    const twice = await run("diff", "-", "-");
    expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("read once") });
  });
});

it("a line of progress is never longer than the terminal is wide, and there is none on a dumb one", () => {
  const { stderr, env } = process;
  const [isTTY, columns, TERM] = [stderr.isTTY, stderr.columns, env.TERM];
  const lines: string[] = [];
  const write = stderr.write;
  try {
    Object.assign(stderr, { isTTY: true, columns: 40 });
    env.TERM = "xterm";
    stderr.write = (text: string | Uint8Array) => lines.push(String(text)) > 0;
    progressOf("a/very/long/path/".repeat(9), false)?.({ doneBytes: 1, totalBytes: 2 });
    env.TERM = "dumb";
    expect(progressOf("x", false)).toBeUndefined();
  } finally {
    stderr.write = write;
    Object.assign(stderr, { isTTY, columns });
    env.TERM = TERM;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: of the terminal
  const [shown = ""] = lines.map((line) => line.replace(/^\r\u001b\[K/, ""));
  expect(shown).toMatch(/^Reading a\/very.*… 50 %$/);
  expect(shown.length).toBeLessThan(40);
});
