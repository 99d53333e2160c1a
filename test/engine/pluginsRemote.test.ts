import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SshServer } from "../support/sshServer";
import { EngineRecord, linesOf, TestHome } from "./pluginsHome";

/**
 * Facts of `remote.Command` and `remote.CopyToRemote` that the design leans on; the official plugin and the stand-in
 * share them. The host is a real sshd on loopback, and so is the jump host.
 */
let home: TestHome;
let host: SshServer;
let jump: SshServer;
beforeAll(async () => {
  home = await TestHome.open();
  host = await SshServer.start("WORD PULUMI_COMMAND_STDERR");
  jump = await SshServer.start();
});
afterAll(async () => {
  await home?.remove();
  await host?.stop();
  await jump?.stop();
});

type Connection = types.input.remote.ConnectionArgs;
const byJump = (): Connection => ({ ...host.connection, proxy: jump.connection });
/** One attempt more is made than are allowed to fail. */
const impatient = { dialErrorLimit: 1 };

/** Runs a stack that must fail, and tells what the engine said. */
async function failureOf(name: string, program: PulumiFn): Promise<string> {
  const stack = await home.stack(name, program);
  const record = new EngineRecord();
  await expect(stack.up({ onEvent: record.onEvent })).rejects.toThrow();
  return record.text;
}

describe("a command's life, through the jump host", () => {
  const settings = { value: "one", trigger: "t1" };
  const notes = () => host.path("notes");
  const note = (text: string) => `echo ${text} >> ${notes()}`;
  const ups: { record: EngineRecord; outputs: Record<string, { value: unknown }>; lines: string[] }[] = [];
  let stack: Stack;

  const program: PulumiFn = async () => {
    const connection = byJump();
    const { value, trigger } = settings;
    const rerun = new remote.Command("rerun", {
      connection,
      create: `${note("rerun")}; printf '${value}\\n\\n'; echo problem >&2`,
    });
    const replaced = { create: note("replaced"), delete: note("deleted"), triggers: [trigger] };
    new remote.Command("replaced", { connection, ...replaced, update: note("updated") });
    const echo = new remote.Command("echo", {
      connection,
      create: "cat; echo loud >&2",
      stdin: pulumi.secret("hidden"),
      logging: "none",
    });
    const told = new remote.Command("told", {
      connection,
      environment: { WORD: value },
      create: 'printf %s "$WORD"; echo before >&2',
      update: 'printf %s "$PULUMI_COMMAND_STDERR:$PULUMI_COMMAND_STDOUT"',
      logging: "none",
    });
    return { rerun: rerun.stdout, errors: rerun.stderr, echo: echo.stdout, told: told.stdout };
  };

  const up = async () => {
    const record = new EngineRecord();
    const { outputs } = await stack.up({ onEvent: record.onEvent });
    ups.push({ record, outputs, lines: await linesOf(notes()) });
  };
  beforeAll(async () => {
    stack = await home.stack("remote-life", program);
    await stack.preview();
    expect(await linesOf(notes())).toEqual([]);
    await up();
    await stack.up({ expectNoChanges: true });
    Object.assign(settings, { value: "two", trigger: "t2" });
    await up();
  });

  it("runs create once, keeps the streams apart and trims one newline", () => {
    expect(ups[0]?.lines.sort()).toEqual(["replaced", "rerun"]);
    expect(ups[0]?.outputs.rerun?.value).toBe("one\n");
    expect(ups[0]?.outputs.errors?.value).toBe("problem");
    expect(ups[0]?.outputs.echo?.value).toBe("hidden");
  });

  it("logs lines as they come, and none when told so", () => {
    expect(ups[0]?.record.text).toContain("problem");
    expect(ups[0]?.record.text).not.toContain("loud");
  });

  it("runs create again when an input changes, and replaces on a change of triggers", () => {
    expect(ups[1]?.record.changes).toEqual(expect.arrayContaining(["update rerun", "replace replaced"]));
    expect(ups[1]?.lines.slice(2).sort()).toEqual(["deleted", "replaced", "rerun"]);
    expect(ups[1]?.outputs.rerun?.value).toBe("two\n");
  });

  it("gives environment and the previous output as far as the server takes them", () => {
    expect(ups[0]?.outputs.told?.value).toBe("one");
    expect(ups[1]?.outputs.told?.value).toBe("before:");
    expect(ups[1]?.record.text).toContain("Unable to set 'PULUMI_COMMAND_STDOUT'");
  });

  it("keeps the connection secret, and runs delete at the end", async () => {
    const state = await home.stateFile("remote-life");
    expect(host.privateKey).toContain("PRIVATE KEY");
    expect(state).not.toContain("PRIVATE KEY");
    await stack.destroy();
    expect((await linesOf(notes())).slice(5)).toEqual(["deleted"]);
  });
});

describe("a command that fails", () => {
  it("tells its exit status, the command and its output", async () => {
    const text = await failureOf("remote-failing", async () => {
      const create = 'echo spoken; echo "said" >&2; exit 3';
      new remote.Command("failing", { connection: host.connection, create, logging: "none" });
    });
    expect(text).toContain(
      'Process exited with status 3: running "echo spoken; echo \\"said\\" >&2; exit 3":',
    );
    expect(text).toMatch(/spoken\nsaid|said\nspoken/);
  });

  it("is not started without a variable that the server refuses", async () => {
    const text = await failureOf("remote-environment", async () => {
      const create = `touch ${host.path("started")}`;
      new remote.Command("refused", { connection: host.connection, environment: { OTHER: "x" }, create });
    });
    expect(text).toContain('could not set environment variable "OTHER": ssh: setenv failed');
    expect(await readdir(host.directory)).not.toContain("started");
  });
});

describe("a host that is not the one that was meant", () => {
  const create = () => `touch ${host.path("reached")}`;
  it.each<[string, () => Connection, RegExp]>([
    ["the host", () => ({ ...host.connection, ...impatient, hostKey: jump.hostKey }), /host key mismatch/],
    [
      "the jump host",
      () => ({ ...host.connection, proxy: { ...jump.connection, ...impatient, hostKey: host.hostKey } }),
      /proxy: after 1 failed attempts: .*host key mismatch/,
    ],
    [
      "the host behind the jump host",
      () => ({ ...host.connection, ...impatient, hostKey: jump.hostKey, proxy: jump.connection }),
      /proxy: .*(host key mismatch|EOF)/,
    ],
    [
      "another key to log in",
      () => ({ ...host.connection, ...impatient, privateKey: jump.privateKey }),
      /after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate/,
    ],
    ["no key at all", () => ({ ...host.connection, privateKey: "none" }), /ssh: no key found/],
  ])("%s: nothing is run", async (name, connection, sentence) => {
    const text = await failureOf(`remote-${name.replaceAll(" ", "-")}`, async () => {
      new remote.Command("unreached", { connection: connection(), create: create() });
    });
    expect(text).toMatch(sentence);
    expect(await readdir(host.directory)).not.toContain("reached");
  });

  it("is tried again as often as allowed when it does not answer", async () => {
    const connection = { ...host.connection, port: 1, dialErrorLimit: 2 };
    const text = await failureOf("remote-away", async () => {
      new remote.Command("away", { connection, create: create() });
    });
    expect(text).toContain("Dial 1/2 failed: retrying");
    expect(text).toContain("after 2 failed attempts: dial tcp 127.0.0.1:1: connect: connection refused");
  });
});

describe("copies", () => {
  it("a file, a text and a directory; again only what differs", async () => {
    const [source, target] = [home.path("source"), host.path("target")];
    await mkdir(join(source, "below"), { recursive: true });
    await writeFile(join(source, "below", "deep"), "deep");
    await writeFile(home.path("file"), "first", { mode: 0o640 });
    let word = "text";
    const stack = await home.stack("remote-copy", async () => {
      const copy = (name: string, what: pulumi.asset.Asset | pulumi.asset.Archive, remotePath: string) =>
        new remote.CopyToRemote(name, { connection: byJump(), source: what, remotePath });
      copy("file", new pulumi.asset.FileAsset(home.path("file")), join(target, "new", "copied"));
      copy("text", new pulumi.asset.StringAsset(word), join(target, "text"));
      copy("directory", new pulumi.asset.FileArchive(source), join(target, "all"));
    });
    await stack.preview();
    expect(await readdir(host.directory)).not.toContain("target");
    await stack.up();
    const read = (path: string) => readFile(join(target, path), "utf8");
    expect(await read("new/copied")).toBe("first");
    expect((await stat(join(target, "new", "copied"))).mode & 0o777).toBe(0o644);
    expect(await read("text")).toBe("text");
    expect(await read("all/source/below/deep")).toBe("deep");
    await stack.up({ expectNoChanges: true });

    word = "other";
    await writeFile(join(target, "new", "copied"), "changed there");
    const record = new EngineRecord();
    await stack.up({ onEvent: record.onEvent });
    expect(record.changes).toEqual(["update text"]);
    expect(await read("text")).toBe("other");
    expect(await read("new/copied")).toBe("changed there");

    await stack.destroy();
    expect(await read("text")).toBe("other");
  });

  it("says what is in the way", async () => {
    await writeFile(host.path("occupied"), "");
    const text = await failureOf("remote-occupied", async () => {
      const args = { connection: host.connection, source: new pulumi.asset.StringAsset("x") };
      new remote.CopyToRemote("occupied", { ...args, remotePath: host.path("occupied/file") });
    });
    expect(text).toMatch(/remote path .*\/occupied exists but is not a directory/);
  });
});
