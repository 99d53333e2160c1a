import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type HostedRestoreSettings,
  type MachinesRestoreSettings,
  previewRestore,
  removeStack,
  runRestore,
  type UpdateOptions,
  undoRestore,
} from "../../automation/driver";
import { UserError } from "../../components/errors";
import { TestHome } from "./pluginsHome";

/** A key pair of SSH, made at this path. */
async function newKey(file: string) {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  return {
    privateKey: await readFile(file, "utf8"),
    publicKey: (await readFile(`${file}.pub`, "utf8")).trim(),
  };
}

/** The driver against the real engine, with a small program: what it hands over, what it gives back, what it leaves. */
describe("driver", () => {
  const project = join(__dirname, "driverProgram");
  let home: TestHome;
  let snapshot: string;

  beforeAll(async () => {
    home = await TestHome.open();
    snapshot = home.path("snapshot.db");
    await writeFile(snapshot, "content\n");
  });

  afterAll(async () => {
    await home?.remove();
  });

  const options = (stack: string, more: Partial<UpdateOptions> = {}): UpdateOptions => ({
    stack,
    project,
    environment: home.env,
    ...more,
  });
  const settings = (restore: Partial<HostedRestoreSettings["restore"]> = {}): HostedRestoreSettings => ({
    cluster: "uc1",
    adminKubeconfig: "relative.kubeconfig",
    utilityImage: "registry.example/etcd-util:1",
    restore: { id: "20261122", snapshot, ...restore },
  });

  it("previews, runs, runs again without a change, and ends a stack", async () => {
    const preview = await previewRestore(settings(), options("whole"));
    expect(preview.changes).toEqual({ create: 2 });
    expect(preview.resources.map(({ name, operation }) => `${operation} ${name}`)).toContain(
      "create restore-read",
    );

    const result = await runRestore(settings(), options("whole"));
    // An id of digits stays text, and a path is absolute: the program runs in another directory.
    expect(result.report).toEqual({
      restoreId: "20261122",
      kubeconfig: join(process.cwd(), "relative.kubeconfig"),
      context: "none",
    });
    expect(result.seconds).toBeGreaterThan(0);

    const again = await runRestore(settings(), options("whole", { expectNoChanges: true }));
    expect(again.changes).toEqual({ same: 2 });
    expect(again.resources).toEqual([]);

    expect((await undoRestore(options("whole"))).changes).toEqual({ delete: 2 });
    await removeStack(options("whole"));
    await expect(undoRestore(options("whole"))).rejects.toThrow("there is no such stack");
  });

  it("writes nothing into the program's directory", async () => {
    const before = await readdir(project);
    await previewRestore(settings(), options("traces"));
    expect(await readdir(project)).toEqual(before);
    await removeStack(options("traces"));
  });

  it("keeps settings where it is told to, and unsets what is not given any more", async () => {
    const settingsDirectory = home.path("settings");
    const kept = options("kept", { settingsDirectory });
    const { report } = await runRestore({ ...settings(), adminContext: "west" }, kept);
    expect(report).toMatchObject({ context: "west" });
    const file = join(settingsDirectory, "Pulumi.kept.yaml");
    const salt = /^encryptionsalt: .+$/m.exec(await readFile(file, "utf8"))?.[0];
    expect(salt).toBeDefined();
    expect((await runRestore(settings(), kept)).report).toMatchObject({ context: "none" });
    expect(await readFile(file, "utf8")).toContain(salt);
    // read by the program, which runs in another directory
    await runRestore(settings({ identityFile: "ids.txt" }), kept);
    expect(await readFile(file, "utf8")).toContain(`identityFile: ${join(process.cwd(), "ids.txt")}\n`);
    await undoRestore(kept);
  });

  it("hands the keys of machines on as secrets: none is in a file, an argument or an output", async () => {
    const settingsDirectory = home.path("machines");
    const kept = options("machines", { settingsDirectory });
    const [own, jump] = [await newKey(home.path("own")), await newKey(home.path("jump"))];
    const identity = await generateIdentity();
    const machines: MachinesRestoreSettings = {
      ...{ cluster: "admin", profile: "kubeadm" },
      machines: [{ name: "cp-1", host: "10.0.0.1", hostKey: own.publicKey }],
      ssh: {
        user: "ubuntu",
        privateKey: own.privateKey,
        jump: { host: "jump", hostKey: jump.publicKey, privateKey: jump.privateKey },
      },
      restore: { id: "m1", snapshot, pki: { identity, from: "backups/night" } },
    };
    const secrets = [own.privateKey.trimEnd(), jump.privateKey.trimEnd(), identity];
    const digest = (text: string) => createHash("sha256").update(text).digest("hex");
    const { changes, report } = await runRestore(machines, kept);
    expect(changes).toEqual({ create: 2 });
    const backup = join(process.cwd(), "backups/night");
    expect(report).toMatchObject({ keys: secrets.map(digest), backup });
    const file = await readFile(join(settingsDirectory, "Pulumi.machines.yaml"), "utf8");
    expect(file.match(/ secure: /g)).toHaveLength(3);
    for (const secret of secrets) expect(file).not.toContain(secret.split("\n")[1] ?? secret);
    expect(file).not.toContain(identity);
    // Settings that are kept nowhere are made anew each time.
    expect((await runRestore(machines, options("machines"))).changes).toEqual({ same: 2 });
    await undoRestore(options("machines"));
    const wrong = { ...home.env, PULUMI_CONFIG_PASSPHRASE: "wrong" };
    await expect(runRestore(machines, { ...kept, environment: wrong })).rejects.toThrow(
      "ssh.privateKey of stack machines cannot be encrypted: ",
    );
  });

  it("says in one sentence which step failed, and why", async () => {
    const missing = settings({ snapshot: "/nowhere/snapshot.db" });
    const failure = await runRestore(missing, options("failing")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).message).toBe(
      "pulumi up of stack failing failed: restore-read: cat: /nowhere/snapshot.db: No such file or directory",
    );
    const result = await runRestore(settings(), options("failing"));
    expect(result.report).toMatchObject({ restoreId: "20261122" });
    await undoRestore(options("failing"));
  });

  it("refuses a wrong configuration before anything runs", async () => {
    const output: string[] = [];
    const wrong = { ...settings(), cluster: "Not A Name" };
    const watched = options("refused", { onOutput: (text) => output.push(text) });
    await expect(runRestore(wrong, watched)).rejects.toThrow(/^The stack's configuration has 1 error/);
    expect(output).toEqual([]);
    await expect(undoRestore(watched)).rejects.toThrow("there is no such stack");
  });

  it("names the program's directory when there is no program", async () => {
    const empty = home.path("empty");
    await mkdir(empty);
    await expect(previewRestore(settings(), { ...options("none"), project: empty })).rejects.toThrow(
      `${empty} holds no Pulumi.yaml.`,
    );
  });
});
