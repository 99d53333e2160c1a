import { mkdir } from "node:fs/promises";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineRecord, linesOf, TestHome } from "./pluginsHome";

/** Facts of the plugin `command` that the project's design leans on; the official plugin and the stand-in share them. */
let home: TestHome;
beforeAll(async () => {
  home = await TestHome.open();
});
afterAll(() => home?.remove());

/** A line in the test's file, so that a run leaves a trace. */
const note = (text: string) => `echo ${text} >> "$NOTES"`;
const notes = (name: string) => home.path(`${name}.notes`);
const keepOutput = 'printf %s "$PULUMI_COMMAND_STDOUT"';

async function secretsOf(stack: Stack, name: string): Promise<Record<string, unknown>> {
  const { deployment } = await stack.exportStack();
  const resources = (deployment as { resources: { urn: string; outputs: Record<string, unknown> }[] })
    .resources;
  return resources.find((resource) => resource.urn.endsWith(`::${name}`))?.outputs ?? {};
}
const isEnveloped = (value: unknown) => JSON.stringify(value).includes("4dabf18193072939515e22adb298388d");

describe("one stack through its life", () => {
  const name = "life";
  const settings = { value: "one", trigger: "t1" };
  const first = new EngineRecord();
  const changed = new EngineRecord();
  let stack: Stack;
  let outputs: Record<string, { value: unknown; secret: boolean }>;
  let changedOutputs: typeof outputs;
  const perUp: string[][] = [];

  const program: PulumiFn = async () => {
    const environment = { NOTES: notes(name) };
    const step = (resource: string, args: local.CommandArgs, options?: pulumi.CustomResourceOptions) =>
      new local.Command(resource, { environment, ...args }, options);
    const { value, trigger } = settings;
    const rerun = step("rerun", { create: `${note("rerun")}; printf '${value}\\n\\n'; echo problem >&2` });
    const replaced = step("replaced", {
      create: note("replaced"),
      triggers: [trigger],
      update: note("updated"),
    });
    const kept = step("kept", { create: `echo first; : ${value}`, update: keepOutput });
    const emptied = step("emptied", { create: `echo first; : ${value}`, update: "true" });
    const echo = step("echo", { create: "cat", stdin: pulumi.secret("hidden") });
    const marked = step(
      "marked",
      { create: "cat; echo loud >&2", stdin: pulumi.secret("hidden"), logging: "none" },
      { additionalSecretOutputs: ["stdout"] },
    );
    const placed = step("placed", {
      create: 'pwd; printf %s "$0"',
      dir: home.directory,
      interpreter: ["/bin/sh", "-e", "-c"],
    });
    step("undone", {
      create: `echo made; : ${value}`,
      update: keepOutput,
      delete: note('"undo $PULUMI_COMMAND_STDOUT"'),
    });
    const function_ = local.runOutput({ command: note("function"), environment, logging: "none" });
    return {
      rerun: rerun.stdout,
      rerunErrors: rerun.stderr,
      replaced: replaced.stdout,
      kept: kept.stdout,
      emptied: emptied.stdout,
      echo: echo.stdout,
      marked: marked.stdout,
      placed: placed.stdout,
      function: function_.stdout,
    };
  };

  beforeAll(async () => {
    stack = await home.stack(name, program);
    const preview = await stack.preview();
    perUp.push([JSON.stringify(preview.changeSummary), ...(await linesOf(notes(name)))]);
    outputs = (await stack.up({ onEvent: first.onEvent })).outputs;
    perUp.push(await linesOf(notes(name)));
    await stack.up({ expectNoChanges: true });
    perUp.push(await linesOf(notes(name)));
    Object.assign(settings, { value: "two", trigger: "t2" });
    changedOutputs = (await stack.up({ onEvent: changed.onEvent })).outputs;
    perUp.push(await linesOf(notes(name)));
    await stack.refresh();
    await stack.up({ expectNoChanges: true });
    await stack.destroy();
  });

  const since = (index: number) =>
    (perUp[index] ?? []).slice(index === 1 ? 0 : (perUp[index - 1]?.length ?? 0));

  it("runs no resource in a preview, and functions always", () => {
    expect(perUp[0]).toEqual([expect.stringContaining('"create":9'), "function"]);
    expect(since(1).slice(1).sort()).toEqual(["function", "replaced", "rerun"]);
  });

  it("runs nothing again when nothing has changed (fact i)", () => {
    expect(since(2)).toEqual(["function"]);
  });

  it("runs create again, in place, when any input changes and there is no update", () => {
    expect(since(3)).toContain("rerun");
    expect(changed.changes).toContain("update rerun");
    expect(changedOutputs.rerun?.value).toBe("two\n");
  });

  it("replaces on a change of triggers, also with an update (fact i)", () => {
    expect(changed.changes).toContain("replace replaced");
    expect(since(3)).toContain("replaced");
    expect(since(3)).not.toContain("updated");
  });

  it("empties stdout by update: true, and keeps it by printing the previous output (fact xiv)", () => {
    expect(changedOutputs.emptied?.value).toBe("");
    expect(changedOutputs.kept?.value).toBe("first");
  });

  it("trims one newline at the end, and keeps the streams apart", () => {
    expect(outputs.rerun?.value).toBe("one\n");
    expect(outputs.rerunErrors?.value).toBe("problem");
  });

  it("does not make stdout secret because stdin is (fact x), but by additionalSecretOutputs (fact v)", async () => {
    expect(outputs.echo).toEqual({ value: "hidden", secret: false });
    expect(outputs.marked).toEqual({ value: "hidden", secret: true });
  });

  it("logs lines as they come, and none when told so (fact v)", () => {
    expect(first.text).toContain("problem");
    expect(first.text).not.toContain("loud");
  });

  it("runs in the directory and by the interpreter that are given", () => {
    expect(outputs.placed?.value).toContain(`${home.directory}\n`);
  });

  it("runs delete once, at destroy, with the previous output", async () => {
    expect((await linesOf(notes(name))).filter((line) => line.startsWith("undo"))).toEqual(["undo made"]);
  });
});

describe("secrets in the state", () => {
  it("keeps a secret stdin in an envelope, as an input and as an output", async () => {
    const stack = await home.stack("secrets", async () => {
      new local.Command("quiet", { create: "true", stdin: pulumi.secret("hidden"), logging: "none" });
    });
    await stack.up();
    const state = await secretsOf(stack, "quiet");
    expect(isEnveloped(state.stdin)).toBe(true);
    expect(isEnveloped(state.stdout)).toBe(false);
    expect(await home.stateFile("secrets")).not.toContain("hidden");
    await stack.destroy();
  });
});

describe("a chain that is deleted before it is replaced (fact ii)", () => {
  it("interleaves: delete and create of one, then of the next", async () => {
    let trigger = "t1";
    const stack = await home.stack("chain", async () => {
      const environment = { NOTES: notes("chain") };
      let previous: pulumi.Resource[] = [];
      for (const step of ["a", "b", "c"]) {
        const args = {
          create: note(`create-${step}`),
          delete: note(`delete-${step}`),
          triggers: [trigger],
          environment,
        };
        previous = [new local.Command(step, args, { dependsOn: previous, deleteBeforeReplace: true })];
      }
    });
    await stack.up();
    trigger = "t2";
    await stack.up();
    const order = (await linesOf(notes("chain"))).slice(3);
    await stack.destroy();
    expect(order).toEqual(["delete-a", "create-a", "delete-b", "create-b", "delete-c", "create-c"]);
    expect((await linesOf(notes("chain"))).slice(9)).toEqual(["delete-c", "delete-b", "delete-a"]);
  });
});

describe("a create that fails (fact iii)", () => {
  it("tells the command and its output, leaves no state, never runs its delete, and is run again", async () => {
    const stack = await home.stack("failing", async () => {
      const create = `${note("tried")}; echo spoken; echo "said \\"so\\"" >&2; test -e "$NOTES.mended"`;
      new local.Command("failing", {
        create,
        delete: note("deleted"),
        environment: { NOTES: notes("failing") },
      });
    });
    const record = new EngineRecord();
    await expect(stack.up({ onEvent: record.onEvent })).rejects.toThrow();
    expect(record.text).toContain('exit status 1: running "echo tried >> \\"$NOTES\\"; echo spoken; ');
    expect(record.text).toContain('spoken\nsaid "so"\n');
    expect(await secretsOf(stack, "failing")).toEqual({});
    await mkdir(`${notes("failing")}.mended`);
    const again = new EngineRecord();
    await stack.up({ onEvent: again.onEvent });
    expect(again.changes).toEqual(["create failing"]);
    expect(await linesOf(notes("failing"))).toEqual(["tried", "tried"]);
    await stack.destroy();
  });

  it("is stopped by customTimeouts", async () => {
    const stack = await home.stack("slow", async () => {
      new local.Command("slow", { create: "exec sleep 60" }, { customTimeouts: { create: "1s" } });
    });
    const record = new EngineRecord();
    const started = Date.now();
    await expect(stack.up({ onEvent: record.onEvent })).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(record.text).toContain('signal: killed: running "exec sleep 60"');
  });

  it("is refused for an input of a wrong type, before anything runs", async () => {
    const stack = await home.stack("wrong-type", async () => {
      new local.Command("wrong", { create: 5 as unknown as string });
    });
    const record = new EngineRecord();
    await expect(stack.preview({ onEvent: record.onEvent })).rejects.toThrow();
    expect(record.text).toContain("create");
  });
});
