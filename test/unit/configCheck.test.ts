import { Socket } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readConfig } from "../../components/config";
import { checkConfig } from "../../components/config/configCheck";
import { UserError } from "../../components/errors";

const good = {
  operation: "restore",
  cluster: "uc1",
  adminKubeconfig: "admin.kubeconfig",
  utilityImage: "example/etcd-util:1.16.0-gke.0",
  restore: { id: "night-1", snapshot: "backups/uc1.db" },
};

const problems = (raw: Record<string, unknown>): string => {
  try {
    checkConfig(raw);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return "accepted";
};

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHnipMRH9";
const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
const onMachines = {
  operation: "restore",
  cluster: "admin",
  profile: "gdc-admin",
  machines: [{ name: "cp-1", host: "10.0.0.1", hostKey }],
  ssh: { privateKey: key, jump: { host: "jump", hostKey } },
  restore: { id: "night-1", snapshot: "admin.db" },
};

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

describe("checkConfig", () => {
  it("fills in the defaults", () => {
    expect(checkConfig(good)).toMatchObject({
      profile: "gdc-kubeception",
      members: 3,
      restore: { id: "night-1" },
    });
  });

  it.each<[object, RegExp | "accepted"]>([
    [{ snapshot: "latest", store: "/b" }, "accepted"],
    [{ snapshot: "before:2026-11-27T02:00:00Z", store: "gs://vault/etcd" }, "accepted"],
    [{ snapshot: "gs://vault/v1/x" }, "accepted"],
    [{ snapshot: "before:noon", store: "/b" }, /must have a time such as before:2026/],
    [{ snapshot: "latest" }, /no restore.store that it looks into.*pulumi config set --path restore.store/],
    [
      { snapshot: "a.db", store: "/b" },
      /only restore.snapshot latest and before:TIME.*config rm --path restore.store/,
    ],
  ])("restore.snapshot and restore.store: %j", (restore, expected) => {
    const message = problems({ ...good, restore: { id: "r1", ...restore } });
    if (expected === "accepted") expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  it("takes a backup's generation as number or text", () => {
    const backup = {
      operation: "backup",
      cluster: "uc1",
      adminKubeconfig: "k",
      backup: { generation: 2, directory: "/b" },
    };
    expect(checkConfig(backup)).toMatchObject({ backup: { generation: "2" } });
  });

  it("faults row 2: reports every error at once, each with the command that mends it", () => {
    const { cluster: _, ...rest } = good;
    const message = problems({ ...rest, members: 4, restore: { id: "Night 1", snapshot: "" } });
    expect(message).toContain("4 errors");
    expect(message).toContain("cluster: is required. pulumi config set cluster VALUE");
    expect(message).toContain(
      "members: must be odd: an even number of members has no advantage. pulumi config set members VALUE",
    );
    expect(message).toContain(
      "restore.id: must be at most 40 lower-case letters, digits, '-'. pulumi config set --path restore.id VALUE",
    );
    expect(message).toContain(
      "restore.snapshot: must not be empty. pulumi config set --path restore.snapshot VALUE",
    );
  });

  it("lists what an absent group and an absent operation leave to be said", () => {
    const { restore: _, ...rest } = good;
    const grouped = problems(rest);
    expect(grouped).toContain("2 errors");
    expect(grouped).toContain("restore.id: is required. pulumi config set --path restore.id VALUE");
    expect(grouped).toContain("restore: needs exactly one of restore.snapshot");
    const none = problems({ members: 2, cluster: "uc1" });
    expect(none).toContain("3 errors");
    expect(none).toContain(
      "operation: is required: what this stack does. pulumi config set operation restore",
    );
    expect(none).toContain("adminKubeconfig: is required");
    expect(none).toContain("members: must be odd");
  });

  it.each([
    ["no operation", {}, "operation: is required"],
    ["an unknown operation", { ...good, operation: "repair" }, "operation:"],
    [
      "an unknown key",
      { ...good, overrides: { etcd: { statefulset: "x" } } },
      "overrides.etcd.statefulset: is not a key of this operation. pulumi config rm --path overrides.etcd.statefulset",
    ],
    ["text for a number", { ...good, members: "three" }, "members:"],
    [
      "an empty reason",
      { ...good, restore: { ...good.restore, reason: "  " } },
      "restore.reason: must say why, or be absent",
    ],
    [
      "an image without a tag",
      { ...good, utilityImage: "etcd-util" },
      "utilityImage: must be an image with a tag or digest",
    ],
    [
      "a name that a shell would split",
      { ...good, cluster: "uc1; rm -rf /" },
      "cluster: must be a Kubernetes name",
    ],
    ["row 32: no members", { ...good, members: 0 }, "members: must be at least 1"],
    [
      "row 48: a path with a line feed",
      { ...good, restore: { ...good.restore, snapshot: "a\nb" } },
      "restore.snapshot: must not contain control characters",
    ],
    [
      "row 49: the documentation's placeholder for a version",
      { ...good, utilityImage: "gcr.io/gke-on-prem-release/etcd-util:GKE_ON_PREM_VERSION" },
      "utilityImage: must name the cluster's own version in its tag",
    ],
    [
      "row 49: no image reference",
      { ...good, utilityImage: "Etcd-Util:1;x" },
      "utilityImage: must be an image reference",
    ],
    [
      "an override that names no version",
      { ...good, restore: { ...good.restore, allowVersion: "3.6" } },
      "restore.allowVersion: must be a version such as 3.6.14",
    ],
    [
      "an override that names no key",
      { ...good, restore: { ...good.restore, allowEncryption: ["aescbc"] } },
      "restore.allowEncryption.0: must be provider:key",
    ],
    [
      "an insecure server without its name",
      { ...good, allowInsecure: ["true"] },
      "allowInsecure.0: must be a server's URL",
    ],
  ])("refuses %s", (_, raw, sentence) => {
    expect(problems(raw)).toContain(sentence);
  });

  it.each(["etcd-util:1.16.0-gke.0", "host.example:5000/a/b_c/etcd-util:v1", `r/e@sha256:${"a".repeat(64)}`])(
    "takes the image %s",
    (utilityImage) => expect(problems({ ...good, utilityImage })).toBe("accepted"),
  );

  it("row 48: takes paths with spaces, quotes, semicolons, leading dashes and any letters", () => {
    const snapshot = '-a b/it\'s;"$(x)"/ü-雪.db';
    expect(problems({ ...good, restore: { ...good.restore, snapshot } })).toBe("accepted");
  });

  it.each(["rollback", "finalize"])(
    "takes an earlier restore's id under restore.%s instead of a snapshot",
    (key) => {
      const restore = { id: "next", [key]: "night-1" };
      expect(checkConfig({ ...good, restore })).toMatchObject({ restore });
    },
  );

  it("refuses a restore that is none of what a restore can be, or more than one", () => {
    expect(problems({ ...good, restore: { id: "night-1" } })).toContain(
      "restore: needs exactly one of restore.snapshot, restore.rollback, restore.finalize, restore.repair. pulumi config set --path restore.snapshot FILE",
    );
    const both = problems({ ...good, restore: { ...good.restore, id: "Night 1", rollback: "night-0" } });
    expect(both).toContain("2 errors");
    expect(both).toContain(
      "restore: has restore.snapshot, restore.rollback, and takes exactly one of restore.snapshot, restore.rollback, restore.finalize, restore.repair. pulumi config rm --path restore.snapshot   or: pulumi config rm --path restore.rollback",
    );
  });

  it("refuses the id of the restore that is rolled back or finalized", () => {
    expect(problems({ ...good, restore: { id: "night-1", rollback: "night-1" } })).toContain(
      "restore.id: must differ from restore.rollback: every operation has an id of its own. pulumi config set --path restore.id VALUE",
    );
  });

  it("never repeats a value, which may be a secret in the wrong place", () => {
    expect(problems({ ...good, cluster: "S3cret!", adminKubeconfig: 7 })).not.toMatch(/S3cret|7\b/);
  });
});

describe("faults row 2: readConfig", () => {
  afterEach(() => {
    pulumi.runtime.setAllConfig({});
    vi.restoreAllMocks();
  });

  /** What is said of a stack with these settings, and how many calls were made on the network before. */
  const refusal = (settings: Record<string, string>) => {
    const calls = vi.spyOn(Socket.prototype, "connect");
    const project = pulumi.getProject();
    const all = Object.entries(settings).map(([key, value]) => [`${project}:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(all));
    let said = "accepted";
    try {
      readConfig();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      said = (error as Error).message;
    }
    expect(calls).not.toHaveBeenCalled();
    return said;
  };

  it("faults row 2: says every missing, empty and ill-typed value at once, before any call", () => {
    const said = refusal({
      operation: "restore",
      cluster: "",
      members: "three",
      utilityImage: "",
      overrides: "no object",
      allowInsecure: '[""]',
      restore: '{"id": "", "snapshot": "  ", "reason": "", "allowUnhashed": "yes"}',
    });
    expect(said).toContain("10 errors");
    const keys = said
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(":", 1)[0]);
    expect(keys.sort()).toEqual(
      [
        ...["cluster", "members", "adminKubeconfig", "utilityImage", "overrides", "allowInsecure.0"],
        ...["restore.id", "restore.snapshot", "restore.reason", "restore.allowUnhashed"],
      ].sort(),
    );
    for (const key of ["cluster", "adminKubeconfig", "utilityImage"])
      expect(said).toContain(`${key}: is required. pulumi config set ${key} VALUE`);
    expect(said).toContain("restore.snapshot: must not be empty");
  });

  it("faults row 2: an empty value is a missing one, whichever required key has it", () => {
    const complete: Record<string, string> = {
      operation: "backup",
      cluster: "uc1",
      adminKubeconfig: "/k",
      backup: '{"generation": "1", "directory": "/b"}',
    };
    expect(refusal(complete)).toBe("accepted");
    for (const key of Object.keys(complete)) {
      const { [key]: _, ...without } = complete;
      const said = refusal({ ...complete, [key]: "" });
      expect(said).toMatch(/has (1 error|2 errors):/);
      expect(said).toContain(`${key}${key === "backup" ? ".directory" : ""}: is required`);
      expect(refusal(without)).toBe(said);
    }
    expect(refusal({ ...complete, backup: '{"generation": "", "directory": ""}' })).toMatch(
      /2 errors:\n.*backup.generation: must not be empty.*\n.*backup.directory: must not be empty/,
    );
  });
});
