import { describe, expect, it } from "vitest";
import { checkConfig } from "../../components/config/configCheck";
import { hostKey, key, onMachines, problems } from "../support/configurations";

describe("checkConfig of machines", () => {
  it("takes them with their profile alone", () => {
    expect(checkConfig(onMachines)).toMatchObject({ profile: "gdc-admin", machines: [{ name: "cp-1" }] });
    expect(problems({ ...onMachines, profile: "gdc-kubeception" })).toContain(
      "machines: is not a key of this operation",
    );
  });

  it.each([
    ["machines", [], "machines: must name the control plane's machines"],
    ["machines", [{ name: "cp-1", host: "10.0.0.1" }], "machines.0.hostKey: is required"],
    [
      "machines",
      [{ name: "cp-1", host: "-oProxyCommand=x", hostKey }],
      "machines.0.host: must be a host name or an address",
    ],
    ["machines", [...onMachines.machines, ...onMachines.machines], "machines: must have different names"],
    [
      "machines",
      [...onMachines.machines, { ...onMachines.machines[0], name: "cp-2" }],
      "machines: must be different machines",
    ],
    ["machines", [{ name: "cp-1", host: "10.0.0.1" }], "etcd-recovery machines trust shows it and writes it"],
    [
      "ssh",
      {},
      "ssh.privateKey: is required, unless the operator's ssh-agent has the key. pulumi config set --secret --path ssh.privateKey < KEYFILE   or: pulumi config set --path ssh.agent true",
    ],
    ["ssh", undefined, "ssh: is required"],
    ["ssh", "text", "ssh: "],
    ["ssh", { privateKey: key, agent: true }, "ssh.agent: is one way, and ssh.privateKey is the other"],
    ["ssh", { agent: false }, "ssh.agent: must be true, or the absolute path of the agent's socket"],
    ["ssh", { agent: "agent.sock" }, "ssh.agent: must be true, or the absolute path of the agent's socket"],
    ["ssh", { agent: true, publicKey: key }, "ssh.publicKey: must be a public key as ssh-add -L prints it"],
    [
      "ssh",
      { privateKey: key, publicKey: hostKey },
      "ssh.publicKey: chooses among an ssh-agent's keys, and none is used here. pulumi config rm --path ssh.publicKey",
    ],
    [
      "ssh",
      { agent: true, jump: { host: "j", hostKey, privateKey: key, agent: true } },
      "ssh.jump.agent: is one way, and ssh.jump.privateKey is the other",
    ],
    [
      "ssh",
      { agent: true, jump: { host: "j", hostKey, privateKey: key, publicKey: hostKey } },
      "ssh.jump.publicKey: chooses among an ssh-agent's keys",
    ],
    ["ssh", { privateKey: "/home/op/key" }, "--secret --path ssh.privateKey < KEYFILE"],
    ["ssh", { privateKey: key, jump: { host: "j" } }, "ssh.jump.hostKey: is required"],
    ["utilityImage", "a/b:1", "utilityImage: is not a key of this operation"],
    ["restore", { id: "a", repair: "cp 1" }, "restore.repair: must be a member's name"],
    ["restore", { id: "a", repair: "a" }, "restore.id: must differ from restore.repair"],
    [
      "restore",
      { id: "a", repair: "cp-1", snapshot: "a.db" },
      "restore: has restore.snapshot, restore.repair, and",
    ],
    [
      "restore",
      { id: "a" },
      "restore: needs exactly one of restore.snapshot, restore.rollback, restore.finalize, restore.repair.",
    ],
    [
      "restore",
      { id: "a", rollback: "b", finalize: "c" },
      "restore: has restore.rollback, restore.finalize, and",
    ],
    ["restore", { id: "a", rollback: "a" }, "restore.id: must differ from restore.rollback"],
  ])("refuses %s %j", (name, value, message) => {
    const said = problems({ ...onMachines, [name]: value });
    expect(said).toContain(message);
    expect(said).not.toMatch(/home\/op|BEGIN/);
  });

  it.each([
    { agent: true },
    { agent: "/run/user/1000/agent", publicKey: `${hostKey} me@here`, jump: { host: "j", hostKey } },
    { agent: true, jump: { host: "j", hostKey, publicKey: hostKey } },
    { privateKey: key, jump: { host: "j", hostKey, agent: true, publicKey: hostKey } },
  ])("takes the operator's ssh-agent: %j", (ssh) => {
    expect(checkConfig({ ...onMachines, ssh })).toMatchObject({ ssh });
  });

  it("takes no quarantine as `pulumi config set --path` writes it, a text", () => {
    const restore = { id: "a", snapshot: "/s", quarantine: "[]" };
    expect(checkConfig({ ...onMachines, restore })).toMatchObject({ restore: { quarantine: [] } });
    const [one, all] = [
      { ...restore, quarantine: "a/Deployment/b" },
      { ...restore, quarantine: ["b"] },
    ];
    expect(problems({ ...onMachines, restore: one })).toContain("restore.quarantine: Invalid input");
    expect(problems({ ...onMachines, restore: all })).toContain("must be namespace/Kind/name");
  });

  describe("in a backup", () => {
    const { restore: _, ...machines } = onMachines;
    const backup = { generation: 1, directory: "backups", recipients: [`age1${"q".repeat(58)}`] };
    const said = (changes: object) =>
      problems({ ...machines, operation: "backup", backup: { ...backup, ...changes } });

    it("takes who can read the keys", () => {
      const config = checkConfig({ ...machines, operation: "backup", backup });
      expect(config).toMatchObject({ backup: { ...backup, generation: "1" } });
    });

    it.each([
      [{ recipients: undefined }, /backup.recipients: is required/],
      [{ recipients: [] }, /backup.recipients: must name at least one age recipient/],
      [{ recipients: ["ssh-ed25519 AAAA"] }, /backup.recipients.0: must be an age recipient/],
      [{ generation: undefined }, /backup.generation: is required/],
      [{ store: "s3://b" }, /backup.store: must be gs:/],
    ])("refuses %j", (changes, message) => {
      expect(said(changes)).toMatch(message);
    });
  });
});
