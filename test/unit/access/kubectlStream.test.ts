import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandOnPath } from "../../../components/access/commandOnPath";
import { execToStream, execWithInput } from "../../../components/access/kubectlStream";
import { FailedError } from "../../../components/errors";

/** A kubectl that notes its arguments and runs what stands after "--" here. */
const stub = `#!/bin/sh
printf '%s\\n' "$@" >"\${0%/*}/arguments"
echo $$ >"\${0%/*}/pid"
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
`;

const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-stream-"));
const path = process.env.PATH;
beforeAll(() => {
  writeFileSync(join(directory, "kubectl"), stub);
  chmodSync(join(directory, "kubectl"), 0o755);
  process.env.PATH = `${directory}:${path}`;
});
afterAll(() => {
  process.env.PATH = path;
  rmSync(directory, { recursive: true });
});

const target = { kubeconfig: "/k", context: "x", namespace: "n", pod: "p", container: "c" };
const sh = (script: string) => ({ ...target, command: ["sh", "-c", script] });
/** A process that nobody has waited for yet is dead all the same. */
const kubectlLives = () => {
  try {
    const pid = readFileSync(join(directory, "pid"), "utf8").trim();
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
const large = Buffer.alloc(5_000_000, "some text that can be packed; ");
const chunks = (data: Buffer) =>
  Readable.from(Array.from({ length: 50 }, (_, i) => data.subarray(i * 100_000, (i + 1) * 100_000)));
const digest = (data: Buffer) => createHash("sha256").update(data).digest("hex");
const none = () => Readable.from([Buffer.from("x")]);
const endless = () => new Readable({ read: () => undefined });
const failing = (call: Promise<unknown>) =>
  call.then(
    () => new Error("succeeded"),
    (error: unknown) => error as Error,
  );

describe("execWithInput", () => {
  it.each([
    ["none", "cat"],
    ["gzip", "gunzip -c"],
    ["zstd", "zstd -dcq"],
  ] as const)("packed by %s, all bytes arrive, and are counted", async (pack, unpack) => {
    const counted: number[] = [];
    const onProgress = (bytes: number) => counted.push(bytes);
    const command = sh(`${unpack} | sha256sum; echo warning >&2`);
    const result = await execWithInput({
      ...command,
      input: chunks(large),
      pack,
      stallSeconds: 5,
      onProgress,
    });
    expect(result).toEqual({ code: 0, stdout: `${digest(large)}  -\n`, stderr: "warning\n" });
    expect(counted).toHaveLength(50);
    expect(counted.at(-1)).toBe(large.length);
    const given = readFileSync(join(directory, "arguments"), "utf8").split("\n").slice(0, 11);
    expect(given).toEqual(
      ["--kubeconfig=/k", "--context=x", "exec", "-i", "-n", "n", "p", "-c", "c", "--", "sh"].slice(0, 11),
    );
  });

  it.each(["none", "gzip", "zstd"] as const)("gives the code of a command that refuses: %s", async (pack) => {
    const command = sh("echo no >&2; exit 3");
    for (const input of [chunks(large), endless()]) {
      const result = await execWithInput({ ...command, input, pack, stallSeconds: 5 });
      expect(result).toEqual({ code: 3, stdout: "", stderr: "no\n" });
      expect(input.destroyed).toBe(true);
    }
  });

  it("lets a command be content with less", async () => {
    const input = chunks(large);
    const result = await execWithInput({ ...sh("head -c 3"), input, pack: "zstd", stallSeconds: 5 });
    expect(result.code).toBe(0);
  });

  it.each([
    ["a source that stops", () => execWithInput({ ...sh("cat"), input: endless(), stallSeconds: 0.3 })],
    [
      "a command that reads no more",
      () => execWithInput({ ...sh("exec sleep 60"), input: chunks(large), pack: "gzip", stallSeconds: 0.3 }),
    ],
    [
      "a command that never ends",
      () => execWithInput({ ...sh("cat; exec sleep 60"), input: none(), stallSeconds: 0.3 }),
    ],
  ])("ends %s", async (_, call) => {
    const error = await failing(call());
    expect(error).toBeInstanceOf(FailedError);
    expect(error.message).toMatch(/has not moved for 0.3 s/);
    await expect.poll(kubectlLives).toBe(false);
  });

  it("does not end what moves, however long it takes", async () => {
    async function* slow() {
      for (let i = 0; i < 8; i++) {
        await sleep(100);
        yield Buffer.from(`${i}`);
      }
    }
    const input = Readable.from(slow());
    const result = await execWithInput({ ...sh("cat"), input, stallSeconds: 0.4 });
    expect(result.stdout).toBe("01234567");
  });

  it.each(["none", "zstd"] as const)("fails with its source, and ends the children: %s", async (pack) => {
    async function* broken() {
      yield Buffer.from("half");
      await sleep(50);
      throw new Error("source broke");
    }
    const over = join(directory, `over-${pack}`);
    const command = sh(`cat >/dev/null; echo end >${over}`);
    const error = await failing(
      execWithInput({ ...command, input: Readable.from(broken()), pack, stallSeconds: 5 }),
    );
    expect(error.message).toBe("source broke");
    await expect.poll(kubectlLives).toBe(false);
  });

  it("fails with its packer", async () => {
    writeFileSync(join(directory, "gzip"), "#!/bin/sh\nhead -c 9\necho disk full >&2\nexit 1\n");
    chmodSync(join(directory, "gzip"), 0o755);
    try {
      const error = await failing(
        execWithInput({ ...sh("cat >/dev/null"), input: none(), pack: "gzip", stallSeconds: 5 }),
      );
      expect(error).toMatchObject({ name: "FailedError", message: "gzip failed: disk full" });
    } finally {
      rmSync(join(directory, "gzip"));
    }
  });

  it("names a program that is missing", async () => {
    process.env.PATH = "/nowhere";
    try {
      const error = await failing(execWithInput({ ...sh("cat"), input: none(), stallSeconds: 5 }));
      expect(error.message).toBe("kubectl is not on PATH. Install kubectl.");
      expect(commandOnPath("sh")).toBeUndefined();
    } finally {
      process.env.PATH = `${directory}:${path}`;
    }
    expect(commandOnPath("kubectl")).toBe(join(directory, "kubectl"));
    expect(commandOnPath(join(directory, "kubectl"))).toBe(join(directory, "kubectl"));
    expect(commandOnPath(join(directory, "sh"))).toBeUndefined();
  });
});

describe("execToStream", () => {
  it("gives all of an output", async () => {
    expect(await text(execToStream(sh("seq 100000")))).toBe(execFileSync("seq", ["100000"]).toString());
    expect(readFileSync(join(directory, "arguments"), "utf8")).not.toMatch(/^-i$/m);
  });

  it("fails when the command did, so that nobody takes half for the whole", async () => {
    const source = execToStream(sh("echo half; echo disk broke >&2; exit 4"));
    const over = join(directory, "copied");
    const error = await failing(
      execWithInput({ ...sh(`cat >/dev/null && echo >${over}`), input: source, stallSeconds: 5 }),
    );
    expect(error.message).toBe("sh in Pod p ended with 4: disk broke");
  });

  it("ends kubectl with the stream", async () => {
    const stream = execToStream(sh("exec sleep 60"));
    await expect.poll(kubectlLives).toBe(true);
    stream.destroy();
    await expect.poll(kubectlLives).toBe(false);
  });
});

describe("children of a process that is ended", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s: they end with it, and hold none of its pipes",
    async (signal) => {
      const program = join(directory, "program.js");
      const source = join(__dirname, "..", "..", "..", "components", "access", "kubectlStream");
      await build({
        stdin: {
          contents: `import { execWithInput } from ${JSON.stringify(source)};
          import { Readable } from "node:stream";
          const command = ["sh", "-c", "trap '' HUP TERM INT; exec sleep 60"];
          void execWithInput({ kubeconfig: "/k", namespace: "n", pod: "p", container: "c", command,
            input: new Readable({ read() {} }), pack: "gzip", stallSeconds: 60 });
          process.stdout.write("started");`,
          resolveDir: directory,
        },
        bundle: true,
        platform: "node",
        outfile: program,
        logLevel: "error",
      });
      rmSync(join(directory, "pid"), { force: true });
      const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise((done) => child.once("close", (_, by) => done(by)));
      child.stdout.resume();
      await expect.poll(kubectlLives).toBe(true);
      await sleep(50);
      child.kill(signal);
      expect(await ended).toBe(signal);
      await expect.poll(kubectlLives).toBe(false);
    },
  );
});
