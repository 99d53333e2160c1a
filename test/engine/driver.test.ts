import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  previewRestore,
  type RestoreSettings,
  removeStack,
  runRestore,
  type UpdateOptions,
  undoRestore,
} from "../../automation/driver";
import { UserError } from "../../components/errors";
import { TestHome } from "./pluginsHome";

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
  const settings = (restore: Partial<RestoreSettings["restore"]> = {}): RestoreSettings => ({
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
