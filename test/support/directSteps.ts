import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSnapshotFacts, type SnapshotFacts } from "../../components/admission/snapshotFacts";
import type { HostedCluster } from "../../components/hosted/hostedCluster";
import { argumentsOf } from "../../components/hosted/hostedGraph";
import { memberFiles } from "../../components/member/memberScripts";
import { ARGUMENTS_FORMAT } from "../../components/procedure/arguments";
import { hostedProfiles, type ProfileOverrides, withOverrides } from "../../components/profiles/profiles";
import { type DecidedRestore, planHostedRestore } from "../../components/restore/restorePlan";
import { memberVolumePath } from "../../lab/clusters/userEtcd";
import { imageNames } from "../../lab/images/labImages";
import type { Lab } from "../../lab/lab";
import { waitFor } from "../../lab/waiting";

/** How a step ended: the exit code, its result, its account. */
export interface StepRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Beside the arguments that the graph would give a step. */
export interface StepSurroundings {
  readonly member?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly own?: readonly string[];
}

const door = join(__dirname, "..", "..", "bin", "etcd-recovery-step.js");

/** Runs the step program in the workstation's network, as a Command of a stack would. */
export async function runAct(
  lab: Lab,
  act: string,
  args: object,
  env: Readonly<Record<string, string>> = {},
): Promise<StepRun> {
  const ran = await lab.run([process.execPath, door, act], {
    env: { ...env, ETCD_RECOVERY_ARGUMENTS: JSON.stringify(args) },
    reject: false,
    stdin: "ignore",
    timeout: 120_000,
  });
  return { code: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr };
}

/** What a case changes of a restore that would pass. */
export type RestoreChange = Partial<Omit<DecidedRestore, "cluster" | "rollback">> & {
  readonly cluster?: Partial<HostedCluster>;
  readonly profile?: ProfileOverrides;
};

/** Steps of a restore, run directly on a lab with the environment that the graph would give them. */
export class DirectSteps {
  private constructor(
    readonly lab: Lab,
    /** Scratch directory. */
    readonly directory: string,
    readonly snapshot: SnapshotFacts,
  ) {}

  /** @param lab with a user cluster that is well; a snapshot of it is taken */
  static async open(lab: Lab): Promise<DirectSteps> {
    const directory = await mkdtemp(join(tmpdir(), "etcd-recovery-steps-"));
    const path = join(directory, "snapshot.db");
    const exec = ["-n", lab.userCluster().name, "exec", "kube-etcd-0", "--"];
    await lab.kubectl([...exec, "etcdctl", ...etcdFlags, "snapshot", "save", "/tmp/directSteps.db"]);
    const { stdout } = await lab.kubectl([...exec, "cat", "/tmp/directSteps.db"], {
      encoding: null as never,
      stripFinalNewline: false,
    });
    await writeFile(path, stdout as unknown as Buffer);
    await lab.kubectl([...exec, "rm", "/tmp/directSteps.db"]);
    return new DirectSteps(lab, directory, await readSnapshotFacts(path));
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  get namespace(): string {
    return this.lab.userCluster().name;
  }

  kubectl(argv: readonly string[], input?: object): Promise<string> {
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    return this.lab.kubectl(["-n", this.namespace, ...argv], options).then(({ stdout }) => stdout);
  }

  /** A restore that would pass, with a case's changes; a reason of "" is none. */
  plan(change: RestoreChange = {}) {
    const { name, members } = this.lab.userCluster();
    const { cluster, profile, reason = "a test", ...args } = change;
    return planHostedRestore({
      id: "r1",
      snapshot: this.snapshot,
      utilityImage: imageNames.etcdUtil,
      ...(reason === "" ? {} : { reason }),
      ...args,
      cluster: {
        name,
        namespace: name,
        members,
        profile: withOverrides(hostedProfiles["gdc-kubeception"], profile),
        adminKubeconfig: this.lab.adminKubeconfig,
        userKubeconfig: this.lab.userKubeconfig(),
        ...cluster,
      },
    });
  }

  /** Runs a step in the workstation's network. */
  run(act: string, change: RestoreChange = {}, more: StepSurroundings = {}): Promise<StepRun> {
    const { operation, id, request, ...plan } = this.plan(change);
    const { member, own, env } = more;
    const args = {
      format: ARGUMENTS_FORMAT,
      operation,
      id,
      request,
      substrate: argumentsOf({ ...plan, id }),
      ...(member === undefined ? {} : { member }),
      ...(own === undefined ? {} : { own }),
    };
    return runAct(this.lab, act, args, env);
  }

  /** Runs acts one after the other. @returns the last one's run. @throws Error for one that fails */
  async done(
    acts: readonly string[],
    change: RestoreChange = {},
    more: StepSurroundings = {},
  ): Promise<StepRun> {
    let last: StepRun = { code: 0, stdout: "", stderr: "" };
    for (const act of acts) {
      last = await this.run(act, change, more);
      if (last.code !== 0) throw new Error(`${act} ended with ${last.code}: ${last.stderr}`);
    }
    return last;
  }

  /** Field of the open ledger; "" when there is none. */
  async ledger(field: string): Promise<string> {
    const found = await this.kubectl([
      "get",
      "configmap",
      "etcd-recovery",
      "--ignore-not-found",
      "-o",
      "json",
    ]);
    return found === "" ? "" : (JSON.parse(found).data?.[field] ?? "");
  }

  /**
   * A restore with a utility Pod of its own on member 0's volume, for as long as the work lasts; it is undone then, and
   * nothing of it is left.
   */
  async withPod(
    id: string,
    pod: { image?: string; path?: string },
    work: (change: RestoreChange) => Promise<void>,
  ): Promise<void> {
    const change = { id, ...(pod.image === undefined ? {} : { utilityImage: pod.image }) };
    await this.utilityPod(id, pod);
    try {
      await work(change);
      await this.done(["undo"], change);
    } finally {
      const own = ["pods,configmaps", "-l", `etcd-recovery/restore=${id}`];
      await this.kubectl(["delete", ...own, "--ignore-not-found"]);
      await this.kubectl([
        "delete",
        "configmap",
        "etcd-recovery",
        `etcd-recovery-${id}`,
        "--ignore-not-found",
      ]);
    }
  }

  /** What must be the same before and after a refusal. The revision moves by itself: leases are renewed. */
  async state() {
    const rows = await this.kubectl([
      "get",
      "statefulsets,deployments,poddisruptionbudgets,pods,persistentvolumeclaims,configmaps",
      "-o=jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.spec.replicas}{'\\n'}{end}",
    ]);
    const status = await this.kubectl([
      ...["exec", "kube-etcd-0", "--", "etcdctl", ...etcdFlags, "endpoint", "status", "-w", "json"],
    ]);
    const [{ Status }] = JSON.parse(status) as [
      { Status: { header: { cluster_id: number; member_id: number; revision: number; raft_term: number } } },
    ];
    const { revision, ...etcd } = Status.header;
    return { objects: rows.split("\n").sort(), files: await this.files(), etcd, revision };
  }

  /** Names of the files on member 0's volume. */
  async files(): Promise<string[]> {
    const { memberNodes, name } = this.lab.userCluster();
    const [node = "node-a"] = memberNodes;
    const { stdout } = await this.lab.onMachine(node, ["find", memberVolumePath(name, 0)]);
    // etcd itself makes the next WAL ahead of its use.
    return stdout
      .split("\n")
      .filter((file) => !/\.tmp$|\/wal\/./.test(file))
      .sort();
  }

  /** A Pod like the restore's own, on member 0's volume, whose name is `name`; ready when its container has been tried. */
  async utilityPod(name: string, change: { image?: string; path?: string } = {}): Promise<void> {
    const labels = { "etcd-recovery/restore": name, "etcd-recovery/member": "kube-etcd-0" };
    const items = [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data: memberFiles("restore") },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, labels },
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: "etcd-utility",
              image: change.image ?? imageNames.etcdUtil,
              imagePullPolicy: "IfNotPresent",
              command: ["/bin/sh", "/etcd-recovery/main.sh", name],
              env: change.path === undefined ? [] : [{ name: "PATH", value: change.path }],
              securityContext: { readOnlyRootFilesystem: true },
              volumeMounts: [
                { name: "data", mountPath: "/var/lib/etcd" },
                { name: "scripts", mountPath: "/etcd-recovery", readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: "data-kube-etcd-0" } },
            { name: "scripts", configMap: { name, defaultMode: 0o555 } },
          ],
        },
      },
    ];
    await this.kubectl(["create", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    await waitFor({ what: `Pod ${name}`, timeoutSeconds: 60 }, async () => {
      const state = "{.status.containerStatuses[0].state}";
      const seen = await this.kubectl(["get", "pod", name, "-o", `jsonpath=${state}`]);
      return /running|terminated|Err|BackOff/.test(seen) ? true : undefined;
    });
  }
}

const etcdFlags = [
  "--endpoints=https://127.0.0.1:2379",
  ...[
    "cacert=/etcd.local.config/certificates/etcdCA.crt",
    "cert=/etcd.local.config/certificates/etcd.crt",
  ].map((flag) => `--${flag}`),
  "--key=/etcd.local.config/certificates/etcd.key",
];
