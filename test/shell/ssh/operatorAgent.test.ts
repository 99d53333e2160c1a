import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { SshMachines } from "../../../components/access/ssh/sshMachines";
import type { SshKeys, SshTarget } from "../../../components/access/ssh/sshTarget";
import { SshServer } from "../../support/sshServer";
import { UserAgent } from "../../support/userAgentProcess";

/** The operator's own ssh-agent opens a real sshd, also behind a jump host with a key of its own. */
describe("the operator's ssh-agent", () => {
  let machine: SshServer;
  let jump: SshServer;
  let agent: UserAgent;
  let empty: UserAgent;
  let directory: string;
  let machineKey: string;
  let jumpKey: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "etcd-recovery-agents-"));
    [machine, jump, agent, empty] = await Promise.all([
      SshServer.start(),
      SshServer.start(),
      UserAgent.start(directory),
      UserAgent.start(directory, "empty"),
    ]);
    machineKey = agent.add(machine.privateKey);
    jumpKey = agent.add(jump.privateKey);
    // Every step's files are below this one.
    vi.stubEnv("XDG_RUNTIME_DIR", directory);
    vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    for (const one of [agent, empty]) one?.stop();
    await machine?.stop();
    await jump?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const target = (through?: SshServer): SshTarget => ({
    ...machine.connection,
    name: "cp-1",
    ...{ byAgent: true, jumpByAgent: true },
    ...(through === undefined ? {} : { jump: through.connection }),
  });
  const said = async (keys: SshKeys, one: SshTarget) => {
    const machines = await SshMachines.open([one], keys);
    try {
      const { code, stdout } = await machines.run("cp-1", { text: "echo here", argv: [] }, 20);
      return { code, stdout };
    } finally {
      machines.close();
    }
  };
  const here = { code: 0, stdout: "here\n" };

  it("opens a machine, and the jump host before it, with whichever of its keys fits", async () => {
    expect(await said({ agent: {} }, target())).toEqual(here);
    expect(await said({ agent: {} }, target(jump))).toEqual(here);
  });

  it("opens both with one chosen key each, among more keys than a host tries", async () => {
    const crowded = await UserAgent.start(directory, "crowded");
    try {
      crowded.addOthers(directory, 7);
      for (const { privateKey } of [machine, jump]) crowded.add(privateKey);
      const { socket } = crowded;
      const many = said({ agent: { socket } }, target());
      await expect(many).rejects.toThrow(/takes no more of the ssh-agent's keys.*--path ssh\.publicKey/s);
      const atJump = said({ agent: { socket, publicKey: machineKey }, jumpAgent: { socket } }, target(jump));
      await expect(atJump).rejects.toThrow(/^jump host .*takes no more.*--path ssh\.jump\.publicKey/s);
      const chosen = {
        agent: { socket, publicKey: machineKey },
        jumpAgent: { socket, publicKey: jumpKey },
      };
      expect(await said(chosen, target(jump))).toEqual(here);
    } finally {
      crowded.stop();
    }
  });

  it("opens the jump host beside a private key for the machines, and the other way round", async () => {
    expect(await said({ privateKey: machine.privateKey, jumpAgent: {} }, target(jump))).toEqual(here);
    expect(await said({ agent: {}, jumpPrivateKey: jump.privateKey }, target(jump))).toEqual(here);
  });

  it("is the one of now, where the socket that was written down is of an earlier login", async () => {
    expect(await said({ agent: { socket: join(directory, "gone") } }, target())).toEqual(here);
  });

  it("tries no other of its keys than the chosen one", async () => {
    const wrong = said({ agent: { publicKey: jumpKey } }, target());
    await expect(wrong).rejects.toThrow(
      /is not let in with the ssh-agent's keys\. .*ssh-add -l.*ssh-add KEYFILE/,
    );
  });

  it("leaves the agent's keys alone, and no private key in any file", async () => {
    const machines = await SshMachines.open([target(jump)], {
      agent: { publicKey: machineKey },
      jumpAgent: {},
    });
    await machines.run("cp-1", { text: "echo here", argv: [] }, 20);
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile() && !one.name.startsWith("other-"),
    );
    const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
    machines.close();
    expect(agent.keys()).toEqual([machineKey, jumpKey]);
    expect(files.map(({ name }) => name).sort()).toEqual(["config", "key.pub", "known_hosts"]);
    for (const text of texts) expect(text).not.toContain("PRIVATE KEY");
  });

  it.each<[string, () => SshKeys, string | undefined, RegExp]>([
    [
      "no agent",
      () => ({ agent: {} }),
      "",
      /^ssh\.agent: no ssh-agent can be asked: SSH_AUTH_SOCK is not set\. eval/,
    ],
    [
      "a dead socket",
      () => ({ agent: {} }),
      "/nowhere",
      /nobody answers at \/nowhere \(SSH_AUTH_SOCK\)\. eval "\$\(ssh-agent -s\)" && ssh-add KEYFILE$/,
    ],
    [
      "no key",
      () => ({ agent: { socket: empty.socket } }),
      undefined,
      /empty \(ssh\.agent\) has no key, or is locked\. ssh-add KEYFILE/,
    ],
    [
      "not the chosen key",
      () => ({ agent: { publicKey: machine.hostKey } }),
      undefined,
      /^ssh\.publicKey: the ssh-agent does not hold the key SHA256:\S+\. ssh-add KEYFILE/,
    ],
    [
      "not the jump host's",
      () => ({ privateKey: machine.privateKey, jumpAgent: { publicKey: machine.hostKey } }),
      undefined,
      /^ssh\.jump\.publicKey: the ssh-agent does not hold/,
    ],
  ])("is missed in one sentence: %s", async (_, keys, socket, sentence) => {
    if (socket !== undefined) vi.stubEnv("SSH_AUTH_SOCK", socket);
    try {
      await expect(SshMachines.open([target()], keys())).rejects.toThrow(sentence);
    } finally {
      vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
    }
  });

  it("leaves no file behind once it is closed, or could not be opened", async () => {
    const left = () => readdirSync(directory).filter((name) => name.startsWith("etcd-recovery-ssh-"));
    const open = await SshMachines.open([target(jump)], { agent: {} });
    await open.run("cp-1", { text: "echo here", argv: [] }, 20);
    expect(left()).not.toEqual([]);
    open.close();
    const publicKey = machine.hostKey;
    await expect(SshMachines.open([target()], { agent: { publicKey } })).rejects.toThrow("does not hold");
    await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 5000 });
  });
});
