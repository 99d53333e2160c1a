import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab";
import { etcdCertificateSecret } from "../../lab/clusters/userEtcd";
import { type ArchivedImage, provideAgentImage } from "../../lab/images/agentImage";
import { importImage } from "../../lab/images/importImage";
import { waitUntil } from "../../lab/waiting";
import { runCommand } from "../support/commandLine";
import { LabStacks } from "../support/labStack";

const VOLUME = "/var/lib/local/backups";

/** A volume of the only worker, and the claim that the schedules name. */
const claim = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "etcd-backups" },
      spec: {
        ...{ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "local" },
        claimRef: { namespace: "uc1", name: "etcd-backups" },
        local: { path: VOLUME },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["node-a"] }] },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { namespace: "uc1", name: "etcd-backups" },
      spec: {
        ...{ storageClassName: "local", accessModes: ["ReadWriteOnce"], volumeName: "etcd-backups" },
        resources: { requests: { storage: "1Gi" } },
      },
    },
  ],
};

/** One story on one lab, with the agent's own image in the nodes' container runtime. */
describe("backups on a schedule", () => {
  let lab: Lab;
  let stacks: LabStacks;
  let image: ArchivedImage;
  const kubectl = async (...argv: string[]) => (await lab.kubectl(["-n", "uc1", ...argv])).stdout;
  const store = () => join(lab.machinePath("node-a", VOLUME), "backups");
  const list = async () => {
    const ran = await runCommand(stacks.directory, "catalog", "list", "--store", store(), "-o", "json");
    expect(ran.exitCode, ran.stderr).toBe(0);
    return (JSON.parse(ran.stdout) as { backups: { state: string; cluster: string }[] }).backups;
  };
  /** The result on the Pod's standard output; the runtime merges it with the log on standard error in either order. */
  const resultOf = async (job: string) =>
    (await kubectl("logs", `job/${job}`))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .find((line) => "act" in line);
  const runNow = async (cronJob: string, job: string) => {
    await kubectl("create", "job", job, `--from=cronjob/${cronJob}`);
    await kubectl("wait", `job/${job}`, "--for=condition=Complete", "--timeout=120s");
    return resultOf(job);
  };

  beforeAll(async () => {
    const log = () => undefined;
    [lab, image] = await Promise.all([
      startLab({ name: "schedules", workers: 1, members: 1, apiservers: 1 }),
      provideAgentImage(log),
    ]);
    await mkdir(lab.machinePath("node-a", VOLUME), { recursive: true });
    await importImage(lab, "node-a", image);
    await lab.kubectl(["apply", "-f", "-"], { input: JSON.stringify(claim) });
    stacks = await LabStacks.open(lab);
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("are declared by one update, which waits for the first; the next one changes nothing", async () => {
    await stacks.scheduleStack({
      "backup.schedules.image": image.name,
      "backup.schedules.clusters[0].name": "uc1",
      "backup.schedules.clusters[0].certificates": etcdCertificateSecret("uc1"),
      "backup.schedules.clusters[0].members[0].name": "kube-etcd-0",
      "backup.schedules.clusters[0].members[0].url": "https://kube-etcd-0.kube-etcd:2379",
      "backup.schedules.schedule": "* * * * *",
      "backup.schedules.drill": "daily",
      "backup.schedules.prune.keep": "hourly=24,daily=7",
      "backup.schedules.volume.claim": "etcd-backups",
      "backup.schedules.generation": "before-upgrade",
    });
    await stacks.done("up", "--yes", "--skip-preview");
    const { jobs } = JSON.parse(await stacks.done("stack", "output", "schedules"));
    expect(jobs).toHaveLength(1);
    expect(await resultOf(jobs[0])).toMatchObject({ act: "backup", done: true, cluster: "uc1" });
    expect(await list()).toContainEqual(expect.objectContaining({ state: "complete", cluster: "uc1" }));
    await stacks.done("up", "--yes", "--expect-no-changes");
  });

  it("are taken by a CronJob that fires, proven by the drill's and pruned by the pruner's", async () => {
    expect(await runNow("uc1-etcd-drill", "drill-now")).toMatchObject({ act: "drill", outcome: "passed" });
    const fired = ["get", "cronjob", "uc1-etcd-backup", "-o", "jsonpath={.status.lastSuccessfulTime}"];
    await waitUntil({ what: "the CronJob to fire", timeoutSeconds: 120 }, async () =>
      (await kubectl(...fired)).startsWith("20"),
    );
    const backups = await list();
    expect(backups.length).toBeGreaterThan(1);
    expect(new Set(backups.map(({ state }) => state))).toEqual(new Set(["complete"]));
    expect(await runNow("uc1-etcd-prune", "prune-now")).toMatchObject({ act: "prune", done: true });
    expect((await list()).length).toBeGreaterThan(0);
  });

  it("are what a restore stack means by latest", async () => {
    await stacks.restoreStack("night", { "restore.snapshot": "latest", "restore.store": store() });
    expect(await stacks.done("preview")).toMatch(/latest.*snapshot/);
  });
});
