import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { trust as trustHosts } from "../../../automation/machines/trust";
import type { TrustOptions } from "../../../automation/machines/trustCommand";
import { exitCodeOf } from "../../../components/exitCode";
import { captured } from "../../support/commandLine";
import { SshServer } from "../../support/sshServer";
import { keyFile, UserAgent } from "../../support/userAgentProcess";

/** `etcd-recovery machines trust` of a machine behind a jump host, both real sshds; nobody can log in to the machine. */
describe("host keys on first use", () => {
  let machine: SshServer;
  let jump: SshServer;
  let agent: UserAgent;
  let directory: string;
  let key: string;
  const user = userInfo().username;
  const file = () => join(directory, "Pulumi.night-1.yaml");
  /** A key that opens the machine, and not the jump host. */
  const nobody = () => keyFile(directory, "nobody-key", machine.privateKey);
  const keyOnly = (hostKey: string) => hostKey.split(" ").slice(0, 2).join(" ");

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "etcd-recovery-trust-"));
    [machine, jump, agent] = await Promise.all([
      SshServer.start(),
      SshServer.start(),
      UserAgent.start(directory),
    ]);
    key = keyFile(directory, "jump-key", jump.privateKey);
    agent.add(jump.privateKey);
    vi.stubEnv("XDG_RUNTIME_DIR", directory);
    vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    agent?.stop();
    await machine?.stop();
    await jump?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => rmSync(file(), { force: true }));

  const known = (hostKey: string | undefined) => (hostKey === undefined ? "" : `, hostKey: ${hostKey}`);
  /** A stack's file as a person has it: comments, a secret, other keys. */
  const write = ({ own, hop, more = "" }: { own?: string; hop?: string; more?: string } = {}) =>
    writeFileSync(
      file(),
      `# kept by hand
encryptionsalt: v1:x
config:
  project:profile: kubeadm # of the lab
  project:restore:
    reason: objects were deleted, and this line is so long that a printer of YAML would like to fold it somewhere
  project:machines:
    # the only one
    - name: cp-1
      host: 127.0.0.1
      port: ${machine.port}
      ${own === undefined ? "# nobody has looked yet" : `hostKey: ${own}`}
  project:ssh:
    user: ${user}
    ${more}
    privateKey:
      secure: v1:abc/def==
    jump: { host: 127.0.0.1, port: ${jump.port}${known(hop)} }
`,
      { mode: 0o640 },
    );
  const trust = (options: TrustOptions) =>
    captured(directory, async () => {
      try {
        await trustHosts(options);
      } catch (error) {
        process.exitCode = exitCodeOf(error);
        process.stderr.write((error as Error).message);
      }
    });
  const fingerprint = (server: SshServer) =>
    execFileSync("ssh-keygen", ["-lf", server.path("host.pub")], { encoding: "utf8" }).split(" ")[1] ?? "";

  it("shows fingerprints as ssh-keygen does, and writes the keys; comments, secrets and modes stay", async () => {
    write();
    const before = readFileSync(file(), "utf8");
    const { exitCode, stdout, stderr } = await trust({ sshKey: key, yes: true });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe("");
    for (const [name, server] of [
      ["ssh.jump", jump],
      ["cp-1", machine],
    ] as const)
      expect(stderr).toContain(`  ${name}  127.0.0.1:${server.port}  ED25519  ${fingerprint(server)}  new\n`);
    expect(stderr).toContain(": ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n");
    expect(stderr.indexOf("ssh.jump")).toBeLessThan(stderr.indexOf("cp-1"));
    expect(stderr).toMatch(/wrote hostKey of cp-1, ssh\.jump\.$/);
    const after = readFileSync(file(), "utf8");
    const { config } = parse(after);
    expect(config["project:machines"][0].hostKey).toBe(keyOnly(machine.hostKey));
    expect(config["project:ssh"].jump.hostKey).toBe(keyOnly(jump.hostKey));
    for (const line of before.split("\n").filter((one) => !one.includes("jump: {")))
      expect(after).toContain(line.trim());
    expect(statSync(file()).mode & 0o777).toBe(0o640);
    expect(readdirSync(directory).filter((name) => name.endsWith(".new"))).toEqual([]);

    const again = await trust({ sshKey: key });
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/as in the file\n.*: nothing to write\.$/);
    expect(readFileSync(file(), "utf8")).toBe(after);
  });

  it.each<[string, string, TrustOptions]>([
    ["an option", "", { sshAgent: true }],
    ["the file", "agent: true", {}],
  ])("enters the jump host by the operator's ssh-agent, as %s says", async (_, more, options) => {
    write({ more });
    const { exitCode, stderr } = await trust({ ...options, yes: true });
    expect(exitCode, stderr).toBe(0);
    expect(parse(readFileSync(file(), "utf8")).config["project:ssh"].jump.hostKey).toBe(
      keyOnly(jump.hostKey),
    );
  });

  it.each<[string, () => { own?: string; hop?: string }, RegExp]>([
    [
      "a machine",
      () => ({ own: keyOnly(jump.hostKey), hop: keyOnly(jump.hostKey) }),
      /^machine cp-1 .*shows the ED25519 host key SHA256:\S+, not the one that hostKey of machines cp-1 says/,
    ],
    [
      "the jump host",
      () => ({ hop: keyOnly(machine.hostKey) }),
      /^jump host 127.*shows the ED25519 host key SHA256:\S+, not the one that hostKey of ssh\.jump says/,
    ],
  ])("refuses %s that shows another key than the file has, and writes nothing", async (_, keys, sentence) => {
    write(keys());
    const before = readFileSync(file(), "utf8");
    const { exitCode, stderr } = await trust({ sshKey: key, yes: true });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(readFileSync(file(), "utf8")).toBe(before);
  });

  it.each<[string, () => TrustOptions, number, RegExp]>([
    [
      "nobody to ask",
      () => ({ sshKey: key }),
      2,
      /trusts these hosts from now on, and there is no terminal to ask at: nothing was changed\. Compare the fingerprints, then give --yes\.$/,
    ],
    [
      "nothing that opens the jump host",
      () => ({ yes: true }),
      2,
      /missing: what opens jump host 127\.0\.0\.1\. --ssh-key FILE, or --ssh-agent$/,
    ],
    [
      "a key of nobody",
      () => ({ sshKey: nobody(), yes: true }),
      1,
      /^jump host 127\.0\.0\.1:\d+: user .* is not let in/m,
    ],
    [
      "no such file",
      () => ({ stack: join(directory, "none.yaml") }),
      2,
      /^--stack: .*none\.yaml: cannot be read \(ENOENT\)/,
    ],
  ])("writes nothing: %s", async (_, options, code, sentence) => {
    write();
    const before = readFileSync(file(), "utf8");
    const { exitCode, stderr } = await trust(options());
    expect(exitCode, stderr).toBe(code);
    expect(stderr).toMatch(sentence);
    expect(readFileSync(file(), "utf8")).toBe(before);
  });

  it("without a jump host no key is needed; a host that is away is named, and nothing is written", async () => {
    const hosts = (port: number) =>
      `profile: kubeadm\nmachines:\n  - name: cp-1\n    host: 127.0.0.1\n    port: ${port}\nssh: {}\n`;
    writeFileSync(file(), hosts(machine.port));
    const { exitCode, stderr } = await trust({ yes: true });
    expect(exitCode, stderr).toBe(0);
    expect(parse(readFileSync(file(), "utf8")).machines[0].hostKey).toBe(keyOnly(machine.hostKey));
    writeFileSync(file(), hosts(1));
    const away = await trust({ yes: true });
    expect(away.exitCode).toBe(1);
    expect(away.stderr).toMatch(/^machine cp-1 \(127\.0\.0\.1:1\): cannot be reached/);
    expect(readFileSync(file(), "utf8")).toBe(hosts(1));
  });
});
