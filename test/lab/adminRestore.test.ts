import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { NodesStacks } from "../support/nodesStack";

const certificates = "/etc/kubernetes/pki/etcd";

/** One story on one lab: the admin control plane of static Pods, reached through the jump host alone. */
describe("a restore of the admin control plane by SSH", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let snapshot: string;
  /** Of this process's temporary directory: what connections leave there. */
  const leftHere = () => readdirSync(tmpdir()).filter((name) => name.startsWith("etcd-recovery-ssh-"));

  const onAdmin = async (...argv: string[]) => (await lab.onMachine("admin-cp", argv)).stdout;
  const listed = async () =>
    (await onAdmin("find", "/etc/kubernetes", "/home/ubuntu", "/tmp", "-printf", "%p %m %U:%G\n"))
      .split("\n")
      .filter((line) => !line.startsWith("/etc/kubernetes/etcd-recovery"))
      .sort();
  const configMaps = async () => {
    const { stdout } = await lab.kubectl(["get", "configmaps", "-n", "default", "-o", "name"]);
    return stdout.split("\n").filter((name) => !name.includes("kube-root-ca"));
  };
  const write = (name: string) =>
    lab.kubectl(["create", "configmap", name, "-n", "default", "--from-literal=a=1"]);
  const ledger = async () => JSON.parse(await onAdmin("cat", "/etc/kubernetes/etcd-recovery/ledger.json"));

  beforeAll(async () => {
    lab = await startLab({ name: "admin-restore", workers: 1 });
    stacks = await NodesStacks.open(lab);
    snapshot = join(stacks.directory, "admin.db");
    await write("before");
    const access = ["cacert", "cert", "key"].map((flag, n) => {
      const file = ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key"][n];
      return `--${flag}=${certificates}/${file}`;
    });
    await onAdmin(
      "etcdctl",
      "--endpoints=https://127.0.0.1:2379",
      ...access,
      "snapshot",
      "save",
      "/run/s.db",
    );
    await writeFile(snapshot, Buffer.from(await onAdmin("base64", "-w0", "/run/s.db"), "base64"));
    await onAdmin("rm", "/run/s.db");
    await write("after");
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("is refused when a host shows another key than the pinned one, and changes nothing", async () => {
    const before = await listed();
    const settings = { "restore.snapshot": snapshot, "restore.reason": "objects were deleted" };
    await stacks.restoreStack("foreign-node", settings, { "admin-cp": await stacks.hostKey("jump") });
    const node = await stacks.pulumi("up", "--yes", "--skip-preview");
    expect(node.exitCode).not.toBe(0);
    expect(node.screen).toMatch(
      /machine admin-cp \(10\.77\.0\.10\): shows the ED25519 host key SHA256:\S+, not the one/,
    );
    await stacks.restoreStack("foreign-jump", settings, { jump: await stacks.hostKey("admin-cp") });
    const jump = await stacks.pulumi("up", "--yes", "--skip-preview");
    expect(jump.exitCode).not.toBe(0);
    expect(jump.screen).toMatch(/jump host 10\.77\.0\.2: shows the ED25519 host key SHA256:/);
    expect(await listed()).toEqual(before);
    expect(await onAdmin("sh", "-c", "ls /etc/kubernetes /var/lib/etcd -A")).not.toContain("etcd-recovery");
  });

  it("that was killed in its outage is undone by 'pulumi destroy'", async () => {
    const before = await listed();
    await stacks.restoreStack("given-up", {
      "restore.snapshot": snapshot,
      "restore.reason": "objects were deleted",
    });
    await stacks.killedAt(/restore-admin-cp-swap created/);
    expect((await ledger()).phase).toMatch(/swapped|started/);
    const destroyed = await stacks.done("destroy", "--yes", "--skip-preview");
    expect(destroyed).toContain("the previous data serves again");
    expect((await ledger()).phase).toBe("undone");
    expect(await configMaps()).toEqual(["configmap/after", "configmap/before"]);
    expect(await listed()).toEqual(before);
  });

  it("brings back the objects of the snapshot, and leaves nothing on either side", async () => {
    const before = await listed();
    await stacks.restoreStack("done", {
      "restore.snapshot": snapshot,
      "restore.reason": "objects were deleted",
    });
    expect(await stacks.done("preview")).toMatch(/takes away \d+ objects?: [\s\S]*ConfigMap default\/after/);
    await stacks.done("up", "--yes", "--skip-preview");
    expect(await configMaps()).toEqual(["configmap/before"]);
    await stacks.done("up", "--yes", "--skip-preview", "--expect-no-changes");
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ restoreId: "done", replicas: { etcd: 1, apiServer: 1 }, warnings: [] });
    expect(report.leases).toHaveLength(2);
    expect(await stacks.done("stack", "export")).not.toContain("PRIVATE KEY");
    expect(await listed()).toEqual(before);
    expect(leftHere()).toEqual([]);
    await write("later");
    await lab.kubectl(["rollout", "restart", "deployment/coredns", "-n", "kube-system"]);
    await waitUntil({ what: "a new Pod of the restored cluster", timeoutSeconds: 120 }, async () => {
      const status = ["rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=5s"];
      return (await lab.kubectl(status, { reject: false })).exitCode === 0;
    });
    await stacks.done("destroy", "--yes", "--skip-preview");
    expect(await configMaps()).toEqual(["configmap/before", "configmap/later"]);
  });
});
