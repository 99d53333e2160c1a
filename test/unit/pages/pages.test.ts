import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { type AgentSettings, parseAgentSettings } from "../../../agent/agentSettings";
import { program } from "../../../automation/cli";
import * as driver from "../../../automation/index";
import * as components from "../../../components/index";
import { scenarioNames } from "../../../lab/demo/options";
import { shapes } from "../../../lab/shapes";
import { devDependencies, scripts } from "../../../package.json";
import { metrics } from "../../../store/metrics/metrics";
import { codeIn, commandLines, pages, pageText, rowsBelow, tableRows } from "../../support/pages";

const root = join(__dirname, "..", "..", "..");

describe.each(pages)("%s", (page) => {
  const text = pageText(page);

  it("links to pages and headings that there are", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => {
      if (link.startsWith("https://")) return false;
      const [file = "", heading] = link.split("#");
      const target = file === "" ? page : normalize(join(dirname(page), file));
      if (!existsSync(join(root, target))) return true;
      return heading !== undefined && !headings(pageText(target)).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it("names files that there are", () => {
    const rooms =
      "agent|automation|bench|bin|components|docs|image|lab|plugin|snapshot|store|templates|test|vault";
    const named = [...text.matchAll(new RegExp(`(?<![\\w/.$-])(?:${rooms})/[\\w./-]*[\\w/]`, "g"))];
    const files = named
      .map(([file]) => file)
      .filter((file) => /[./]\w*$/.test(file) && /\.\w+$|\/$/.test(file));
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("names scripts of package.json", () => {
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it("names plugins of the version that is tested with", () => {
    const named = [...text.matchAll(/pulumi plugin install resource (\w+) ([\d.]+)/g)];
    const versions: Readonly<Record<string, string>> = devDependencies;
    expect(named.filter(([, name, version]) => versions[`@pulumi/${name}`] !== version)).toEqual([]);
  });

  it("hands no secret over as an argument, where other processes see it", () => {
    const calls = [...text.matchAll(/pulumi config set --secret( --path)? \S+( (?![<#]|in this)[^`\n]+)?/g)];
    expect(calls.filter(([, , value]) => value !== undefined).map(([call]) => call)).toEqual([]);
  });

  it("has commands and options that the command line takes", () => {
    expect(commandLines(page).flatMap(unknownWords)).toEqual([]);
  });
});

it("the pages have every environment variable that a person may set, and no other", () => {
  /** Set by one process of this program for another. */
  const inner = ["ARGUMENTS", "DEMO", "LAB", "LAB_DIRECTORY", "STEP"];
  const named = namedVariables(pages.map(pageText));
  const rooms = ["agent", "automation", "bin", "components", "lab", "store"];
  const used = namedVariables(rooms.flatMap(sourcesBelow).map((file) => readFileSync(file, "utf8")));
  expect(named).toEqual(used.filter((name) => !inner.includes(name)));
});

it("what a sentence advises has options that `pulumi config` takes", () => {
  const sources = ["automation", "components", "vault"].flatMap(sourcesBelow);
  const text = sources.map((file) => readFileSync(file, "utf8")).join("\n");
  const calls = [...text.matchAll(/pulumi config (?:set|rm) [^"`\n]*/g)].flatMap(([all]) =>
    all.split(/[;.] |\(|&&| or: /).filter((call) => /pulumi config (set|rm)/.test(call)),
  );
  expect(calls.length).toBeGreaterThan(60);
  const options = calls.flatMap((call) => call.match(/(?<=\s)--\w+/g) ?? []);
  expect([...new Set(options)].sort()).toEqual(["--path", "--secret"]);
});

it.each([
  ["docs/reference/refusals.md", 60],
  ["docs/explanation/repair.md", 6],
] as const)("%s begins sentences as the program does", (page, least) => {
  const rooms = ["automation", "components", "snapshot", "store", "vault"];
  const sources = rooms.flatMap(sourcesBelow).map((file) => readFileSync(file, "utf8"));
  const text = sources.join("\n").replaceAll('\\"', '"');
  const sentences = tableRows(pageText(page)).flatMap(({ heads, cells }) =>
    codeIn(cells[heads.indexOf("sentence begins")] ?? ""),
  );
  const parts = sentences.flatMap((one) => one.split(/…|\.\.\.|: |; |"|\b(?:NAME|OTHER|VERB|RESOURCE)\b/));
  const long = parts.map((part) => part.trim()).filter((part) => /^.{6,}$/.test(part) && /[^\w.]/.test(part));
  expect(long.length).toBeGreaterThanOrEqual(least);
  expect(long.filter((part) => !text.includes(part))).toEqual([]);
});

describe("a page's list is the program's", () => {
  const first = (page: string, heading: string) =>
    rowsBelow(page, heading).flatMap(({ cells: [cell = ""] }) => codeIn(cell));

  it("the demo's scenarios", () => {
    const named = first("README.md", "`npm run demo -- --scenario`");
    expect(named).toEqual(scenarioNames);
  });

  it("the lab's shapes", () => {
    expect(first("docs/explanation/lab.md", "shape")).toEqual(Object.keys(shapes));
  });

  it("files of the nightly tests", () => {
    const files = readdirSync(join(root, "test", "nightly")).filter((name) => name.endsWith(".test.ts"));
    const named = first("CONTRIBUTING.md", "file of `test/nightly`");
    expect([...named].sort()).toEqual(files.map((name) => name.replace(".test.ts", "")).sort());
  });

  it("components", () => {
    const exported = Object.keys(components);
    expect([...first("docs/reference/components.md", "component")].sort()).toEqual(exported.sort());
  });

  it("functions of the driver, and its errors", () => {
    const named = first("docs/reference/automation.md", "function").map((call) => call.replace(/\(.*/, ""));
    const errors = first("docs/reference/automation.md", "class");
    expect([...named, ...errors].sort()).toEqual(Object.keys(driver).sort());
  });

  it("the agent's settings", () => {
    const all: Readonly<Record<keyof AgentSettings, true>> = {
      ...{ format: true, cluster: true, profile: true, members: true, tls: true, store: true, spool: true },
      ...{ generation: true, kubeSystemUid: true, kubernetesVersion: true, recipients: true },
      ...{ identityFile: true, deadlineSeconds: true, stallSeconds: true, keep: true },
      ...{ monitoring: true, metricsFile: true },
    };
    const example = /```json\n([\s\S]*?)```/.exec(pageText("docs/reference/agent.md"))?.[1] ?? "";
    const needed = Object.keys(parseAgentSettings(example, "agent.md"));
    const named = first("docs/reference/agent.md", "key");
    expect([...new Set([...needed, ...named])].sort()).toEqual(Object.keys(all).sort());
  });

  it("metrics", () => {
    const named = first("docs/reference/watching.md", "metric").map((name) => name.replace("{state}", ""));
    expect([...named].sort()).toEqual(Object.keys(metrics).sort());
  });
});

/** What stands behind `ETCD_RECOVERY_` in texts, sorted. */
const namedVariables = (texts: readonly string[]): readonly string[] => {
  const named = texts.flatMap((text) => [...text.matchAll(/\bETCD_RECOVERY_([A-Z_]+)\b/g)]);
  return [...new Set(named.map(([, name = ""]) => name))].sort();
};

const sourcesBelow = (room: string): readonly string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|js|sh)$/.test(name))
    .map((name) => join(root, room, name));

/** As GitHub makes them. */
const headings = (text: string): readonly string[] =>
  [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

/** What a line calls `etcd-recovery` with and the command line does not have. */
function unknownWords(line: string): readonly string[] {
  const [, call] = /(?:^|\s|\()etcd-recovery ([a-z].*)$/.exec(line) ?? [];
  if (call === undefined || line.startsWith("npm")) return [];
  const [plain = ""] = call.split(/ [|&;]/);
  const words = plain.split(/ +/);
  let at: Command = program();
  const [verb = ""] = words;
  for (const word of words) at = at.commands.find((one) => one.name() === word) ?? at;
  if (at.parent === null) return [verb];
  const flags = [...at.options.flatMap(({ short, long }) => [short, long]), "--help"];
  return words.filter((word) => /^--?[a-z]/.test(word) && !flags.includes(word));
}
