import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { machinesRecovery } from "../../../automation/recovery/machinesRecovery";
import { RefusedError, UserError } from "../../../components/errors";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA";
const machines = [{ name: "cp-a", host: "10.0.0.10", hostKey }];
const jump = { host: "10.0.0.2", hostKey, user: "hop" };
const plain = { profile: "gdc-admin", machines, ssh: { jump } };

/** What `--machines FILE --ssh-key FILE` say of a control plane, before any machine is asked. */
describe("a control plane on machines that a file names", () => {
  let directory: string;
  const path = (name: string) => join(directory, name);
  const file = (name: string, content: unknown) => {
    writeFileSync(path(name), typeof content === "string" ? content : stringify(content));
    return path(name);
  };
  const makeKey = async (name: string, passphrase = "") => {
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", path(name)]);
    return path(name);
  };
  let key: string;
  const found = (content: unknown, more: Partial<Parameters<typeof machinesRecovery>[0]> = {}) =>
    machinesRecovery({ machines: file("machines.yaml", content), sshKey: key, ...more });
  const failure = (act: () => unknown): UserError => {
    try {
      act();
    } catch (cause) {
      if (cause instanceof UserError) return cause;
      throw cause;
    }
    throw new Error("it was taken");
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "etcd-recovery-machines-file-"));
    key = await makeKey("key");
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const expected = {
    ...{ kind: "nodes", profile: "gdc-admin" },
    machines: [{ name: "cp-a", host: "10.0.0.10", port: 22, user: "ubuntu", hostKey }],
    jump: { host: "10.0.0.2", port: 22, user: "hop", hostKey },
    privateKey: expect.stringContaining("PRIVATE KEY"),
  };

  it.each<[string, unknown]>([
    ["its keys in YAML", plain],
    ["its keys in JSON", JSON.stringify(plain)],
    [
      "a stack's own settings, of which no secret and nothing else is read",
      {
        encryptionsalt: "v1:x",
        config: {
          "my-project:operation": "restore",
          ...Object.fromEntries(Object.entries(plain).map(([name, value]) => [`my-project:${name}`, value])),
          "my-project:ssh": {
            jump: { ...jump, privateKey: { secure: "v1:y" } },
            privateKey: { secure: "v1:x" },
          },
        },
      },
    ],
  ])("%s", (_, content) => {
    const access = found(content);
    expect(access.substrate).toMatchObject(expected);
    expect(access.substrate).not.toHaveProperty("jumpPrivateKey");
    expect(access.about).toEqual({ machines: ["cp-a"] });
  });

  describe("opened by the operator's ssh-agent", () => {
    const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAB";
    const opened = (ssh: object, options: object = {}) => {
      const { substrate, words } = machinesRecovery({
        machines: file("machines.yaml", { ...plain, ssh: { jump, ...ssh } }),
        ...options,
      });
      const { privateKey, agent, jumpPrivateKey, jumpAgent } = substrate as Record<string, unknown>;
      return { keys: { privateKey, agent, jumpPrivateKey, jumpAgent }, words: words.slice(2) };
    };
    const none = { privateKey: undefined, agent: undefined, jumpPrivateKey: undefined, jumpAgent: undefined };
    const content = expect.stringContaining("PRIVATE KEY");

    it.each<[string, object, () => object, object, () => readonly string[]]>([
      ["by the file", { agent: true, publicKey }, () => ({}), { agent: { publicKey } }, () => []],
      [
        "by an option",
        { publicKey },
        () => ({ sshAgent: true }),
        { agent: { publicKey } },
        () => ["--ssh-agent"],
      ],
      [
        "at the file's socket",
        { agent: "/s" },
        () => ({ sshAgent: true }),
        { agent: { socket: "/s" } },
        () => ["--ssh-agent"],
      ],
      [
        "not, where a key is given",
        { agent: true, publicKey },
        () => ({ sshKey: key }),
        { privateKey: content },
        () => ["--ssh-key", `'${key}'`],
      ],
      [
        "the jump host alone",
        { jump: { ...jump, agent: true } },
        () => ({ sshKey: key }),
        { privateKey: content, jumpAgent: {} },
        () => ["--ssh-key", `'${key}'`],
      ],
      [
        "the machines alone",
        { agent: true, jump: { ...jump, publicKey } },
        () => ({ jumpSshKey: key }),
        { agent: {}, jumpPrivateKey: content },
        () => ["--jump-ssh-key", `'${key}'`],
      ],
    ])("%s", (_, ssh, options, keys, words) => {
      expect(opened(ssh, options())).toEqual({ keys: { ...none, ...keys }, words: words() });
    });

    it("is refused without either", () => {
      expect(failure(() => opened({})).message).toBe(
        "missing: what opens the machines. --ssh-key FILE, or --ssh-agent",
      );
    });
  });

  it("without host keys the command that writes them is named", () => {
    const unseen = { ...plain, machines: [{ name: "cp-a", host: "10.0.0.10" }] };
    expect(failure(() => found(unseen)).message).toBe(
      `--machines: ${path("machines.yaml")}: machines.0.hostKey: is required. etcd-recovery machines trust --stack '${path("machines.yaml")}'`,
    );
  });

  it("the command to go on with names files, and no key is in it", () => {
    const { words } = found(plain, { jumpSshKey: key });
    expect(words.join(" ")).toBe(
      `--machines '${path("machines.yaml")}' --ssh-key '${key}' --jump-ssh-key '${key}'`,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ["no keys at all", "just a text", /machines\.yaml: it is no list of keys in YAML or JSON\./],
    ["no machines", { profile: "kubeadm", ssh: {} }, /machines\.yaml: machines: is required\./],
    ["a profile that is not of machines", { ...plain, profile: "gdc-kubeception" }, /: profile: /],
    [
      "a host key that is none",
      { ...plain, machines: [{ ...machines[0], hostKey: "x" }] },
      /machines\.0\.hostKey: must be the host's public key/,
    ],
    ["a key that there is not", { ...plain, ssh: { jump, port: "x" } }, /ssh\.port: /],
  ])("is refused: %s", (_, content, sentence) => {
    expect(failure(() => found(content)).message).toMatch(sentence);
  });

  it("a file that is not there", () => {
    expect(failure(() => found(plain, { machines: path("none") })).message).toBe(
      `--machines: ${path("none")}: cannot be read (ENOENT). Give another: --machines FILE`,
    );
  });

  it("a key that others can read, with a passphrase, a public one, none", async () => {
    const open = await makeKey("open");
    await execa("chmod", ["644", open]);
    const refused = failure(() => found(plain, { sshKey: open }));
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused.message).toBe(`--ssh-key: ${open}: others can read it, too. chmod 600 ${open}`);
    const locked = await makeKey("locked", "secret");
    expect(failure(() => found(plain, { sshKey: locked })).message).toMatch(
      /locked: has a passphrase, which nobody can type here\. Use a copy without one, and remove it afterwards: cp -p /,
    );
    await execa("chmod", ["600", `${key}.pub`]);
    const other = failure(() => found(plain, { jumpSshKey: `${key}.pub` }));
    expect(other.message).toMatch(/^--jump-ssh-key: .*key\.pub: is a public key: the private one is needed/);
    expect(failure(() => found(plain, { sshKey: path("none") })).message).toMatch(
      /cannot be read \(ENOENT\)/,
    );
  });
});
