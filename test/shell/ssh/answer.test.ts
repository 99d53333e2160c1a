import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { SshMachines } from "../../../components/access/ssh/sshMachines";
import { SshServer } from "../../support/sshServer";

/** As a .bashrc that prints does it: whatever it likes, without an end of its line, and then what was asked for. */
const NOISY = `printf 'phase swapped\\ncode: %s' "$SSH_ORIGINAL_COMMAND"; eval "$SSH_ORIGINAL_COMMAND"`;
const DEAF = "echo Ask the desk for an account.";

describe("what an account prints before a script's answer", { timeout: 30_000 }, () => {
  const servers: SshServer[] = [];
  let directory: string;
  let machines: SshMachines | undefined;

  const reach = async (forced: string) => {
    const server = await SshServer.start("", forced);
    servers.push(server);
    const { privateKey, ...connection } = server.connection;
    const target = { ...connection, name: "cp-1", jump: undefined, jumpHasKey: false };
    machines = await SshMachines.open([{ ...target, byAgent: false, jumpByAgent: false }], { privateKey });
    return { machines, user: connection.user };
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "etcd-recovery-answers-"));
    vi.stubEnv("XDG_RUNTIME_DIR", directory);
  });
  afterEach(async () => {
    machines?.close();
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is no part of it, of text and of bytes, with what the script is sent", async () => {
    const { machines: noisy } = await reach(NOISY);
    expect(await noisy.run("cp-1", { text: 'echo "phase $1"', argv: ["new"] }, 20)).toMatchObject({
      ...{ code: 0, stdout: "phase new\n" },
    });
    expect(await noisy.run("cp-1", { text: "echo why >&2; exit 3", argv: [] }, 20)).toMatchObject({
      ...{ code: 3, stdout: "", stderr: expect.stringContaining("why\n") },
    });
    const bytes = Buffer.concat([Buffer.from("etcd-recovery answers:\n"), randomBytes(300_000)]);
    const digest = createHash("sha256").update(bytes).digest("hex");
    const sent = { input: Readable.from([bytes]), stallSeconds: 20 };
    const received = await noisy.send("cp-1", { text: "sha256sum | cut -d ' ' -f 1", argv: [] }, sent);
    expect(received.stdout).toBe(`${digest}\n`);
    const file = join(directory, "bytes");
    writeFileSync(file, bytes);
    expect(await buffer(await noisy.receive("cp-1", { text: 'cat "$1"', argv: [file] }))).toEqual(bytes);
    await expect(text(await noisy.receive("cp-1", { text: "echo half; exit 3", argv: [] }))).rejects.toThrow(
      "a script on machine cp-1 ended with 3",
    );
  });

  it("is said where no script begins, in one sentence that names the machine", async () => {
    const { machines: deaf, user } = await reach(DEAF);
    const script = { text: "echo here", argv: [] };
    const sentence = `machine cp-1: user ${user} is let in, and a script does not begin there: Ask the desk for an account.`;
    await expect(deaf.run("cp-1", script, 20)).rejects.toThrow(sentence);
    await expect(text(await deaf.receive("cp-1", script))).rejects.toThrow(sentence);
  });
});
