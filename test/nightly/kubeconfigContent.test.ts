import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageNames } from "../../lab/images/labImages";
import { type Lab, startLab } from "../../lab/index";
import { MarkedCluster } from "../faults/outcome";
import { docBlocks } from "../support/docBlocks";

const root = resolve(__dirname, "..", "..");

/** The programs of docs/reference/components.md on a lab: the kubeconfig is their content, and lies in no file afterwards. */
describe("components that get a kubeconfig's content", () => {
  let lab: Lab;
  let directory: string;
  let cluster: MarkedCluster;
  let content: string;
  let snapshot: string;
  const temporary = () => join(directory, "temporary");

  const done = async (...argv: string[]) => {
    const { exitCode, all = "" } = await execa("pulumi", ["--non-interactive", "--color=never", ...argv], {
      cwd: directory,
      env: { ...(await lab.env()), TMPDIR: temporary(), ETCD_RECOVERY_HOME: root },
      all: true,
      reject: false,
    });
    expect(exitCode, all).toBe(0);
    return all;
  };
  /** A stack of one of the page's programs, with the lab's image instead of the page's. */
  const program = async (name: "backup" | "restore", settings: Record<string, string>) => {
    const text = docBlocks("docs/reference/components.md")[`${name}.ts`] ?? "";
    const own = text
      .replace('from "etcd-recovery"', `from ${JSON.stringify(join(root, "components"))}`)
      .replace(/"gcr\.io\/[^"]*"/, JSON.stringify(imageNames.etcdUtil))
      .replace('  id: "night-1",', '  id: "night-1",\n  reason: "a test",');
    await writeFile(join(directory, "index.ts"), own);
    await done("stack", "init", name);
    await done("config", "set", "--secret", "adminKubeconfig", "--", content);
    for (const [key, value] of Object.entries(settings)) await done("config", "set", key, value);
  };
  /** Nothing of the kubeconfig's user is in a file, on the screen, or in the state. */
  const expectNothingLeft = async (screen: string) => {
    expect((await readdir(temporary())).filter((name) => name.includes("kubeconfig"))).toEqual([]);
    const [key = ""] = /client-key-data: \S+|token: \S+/.exec(content) ?? [];
    expect(key).not.toBe("");
    expect(screen + (await done("stack", "export"))).not.toContain(key.split(" ")[1]);
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "etcd-recovery-content-"));
    await mkdir(temporary());
    await symlink(join(root, "node_modules"), join(directory, "node_modules"));
    await writeFile(join(directory, "Pulumi.yaml"), "name: content\nruntime: nodejs\nmain: index.ts\n");
    for (const file of ["tsconfig.json", "package.json"])
      await writeFile(join(directory, file), await readFile(join(root, file)));
    lab = await startLab({ name: "content", workers: 1, members: 3, apiservers: 1 });
    content = await readFile(lab.adminKubeconfig, "utf8");
    cluster = new MarkedCluster(lab);
    await cluster.put("before");
  }, 900_000);

  afterAll(async () => {
    await lab?.down();
    await rm(directory, { recursive: true, force: true });
  });

  it("take a backup, which kubectl fetches", async () => {
    await program("backup", { directory: join(directory, "store") });
    await expectNothingLeft(await done("up", "--yes"));
    snapshot = (await done("stack", "output", "snapshot")).trim();
  });

  it("restore it, which kubectl brings into the Pods", async () => {
    const found = await cluster.situation();
    await cluster.put("after");
    await program("restore", { snapshot });
    await expectNothingLeft(await done("up", "--yes"));
    expect(await cluster.situation()).toEqual(found);
  });

  it("say nothing to do afterwards, and go", async () => {
    await done("up", "--yes", "--expect-no-changes");
    await expectNothingLeft(await done("destroy", "--yes"));
  });
});
