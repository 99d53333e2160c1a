import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { hostedScripts } from "../../components/hosted/hostedScripts";
import { readEtcdutl } from "../../components/restore/etcdutlFile";
import { assembleScript } from "../../components/steps/scripts";
import { imageNames } from "../../lab/images/labImages";
import { type Lab, startLab } from "../../lab/lab";
import { DirectSteps, type RestoreChange, type StepRun } from "../support/directSteps";
import { LabStacks } from "../support/labStack";

/**
 * Bad inputs that only a cluster can show, each against the sentence, the remedy and the exit code that it must give;
 * the cluster is the same before and after. Row numbers are those of docs/reference/refusals.md.
 */
describe("bad inputs on a cluster", () => {
  let lab: Lab;
  let steps: DirectSteps;
  let before: Awaited<ReturnType<DirectSteps["state"]>>;

  beforeAll(async () => {
    lab = await startLab({ name: "bad-inputs", workers: 1, members: 1, pdb: false });
    steps = await DirectSteps.open(lab);
    await steps.kubectl(["apply", "-f", "-"], stand);
    before = await steps.state();
  }, 900_000);
  afterAll(async () => {
    await steps?.close();
    await lab?.down();
  });

  const refused = async (run: StepRun, code: 1 | 2 | 3, sentence: RegExp, remedy: RegExp) => {
    expect(run.stderr).toMatch(sentence);
    const lines = run.stderr.trimEnd().split("\n");
    expect(lines.at(-1), run.stderr).toMatch(/^ {2}\S/);
    expect(lines.at(-1)).toMatch(remedy);
    expect(run.stderr).not.toMatch(/^\s+at |panic|goroutine/m);
    expect(run.code).toBe(code);
    await unchanged();
  };
  const unchanged = async () => {
    const { revision, ...after } = await steps.state();
    const { revision: found, ...rest } = before;
    expect(after).toEqual(rest);
    expect(revision - found).toBeLessThan(10_000);
  };

  it("row 42: a restore without anything bad passes, also without a PodDisruptionBudget", async () => {
    const { code, stdout, stderr } = await steps.run("preflight");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^node kube-etcd-0 node-a\nserver-version 3\.6\.14\nbump 1000000000\nlive-revision \d+\n?$/,
    );
    await unchanged();
  });

  it.each<[string, RestoreChange | (() => RestoreChange), 1 | 2 | 3, RegExp, RegExp]>([
    [
      "row 22: of another cluster",
      () => ({ snapshot: { ...steps.snapshot, kubeSystemUid: "0f0f" } }),
      3,
      /^restore.snapshot: it is of the cluster whose kube-system has UID 0f0f, this cluster's has \w+-/m,
      /restore.clusterUid 0f0f$/,
    ],
    [
      "row 25: of a newer etcd",
      () => ({ snapshot: { ...steps.snapshot, etcdVersion: "3.99.0" } }),
      3,
      /^restore.snapshot: it is of etcd 3.99.0, the cluster runs 3.6.14/m,
      /restore.allowVersion 3.99.0$/,
    ],
    [
      "row 25: of a newer etcd than the one that an override names",
      () => ({
        snapshot: { ...steps.snapshot, etcdVersion: "3.99.0" },
        overrides: { allowVersion: "3.98.0" },
      }),
      3,
      /restore.allowVersion names 3.98.0/,
      /restore.allowVersion 3.99.0$/,
    ],
    [
      "row 26: encrypted, the API servers have no configuration",
      () => ({ snapshot: encrypted("aescbc:key1") }),
      3,
      /encrypted with aescbc:key1, the API servers have no --encryption-provider-config/,
      /allowEncryption\[0\]' 'aescbc:key1'/,
    ],
    [
      "row 26: encrypted with a key that the API servers do not have",
      () => ({ snapshot: encrypted("aescbc:key9"), profile: apiServer("sealed") }),
      3,
      /encrypted with aescbc:key9, which the API servers do not have; they have aescbc:key1 identity: kms:vault$/m,
      /Secret sealed-config .*'aescbc:key9'/,
    ],
    [
      "row 26: encrypted, the configuration lies in no Secret",
      () => ({ snapshot: encrypted("aescbc:key1"), profile: apiServer("host-sealed") }),
      3,
      /which keys the API servers have is unknown: \/etc\/host\/enc.yaml lies in no Secret/,
      /Compare the key names yourself/,
    ],
    [
      "rows 28, 29, 31: other members than the StatefulSet has",
      { cluster: { members: 3 } },
      3,
      /^members: StatefulSet kube-etcd has 1 replicas, the configuration says 3/m,
      /pulumi config set members N/,
    ],
    [
      "row 40: wrong context",
      { cluster: { adminContext: "prod" } },
      2,
      /^adminContext: .*context "prod" does not exist/m,
      /get-contexts/,
    ],
    [
      "row 40 and faults row 3: a token that nobody knows",
      () => ({ cluster: { adminKubeconfig: join(steps.directory, "token.kubeconfig") } }),
      3,
      /^adminKubeconfig: the admin cluster does not accept its credentials/m,
      /Renew them/,
    ],
    [
      "row 40: another CA",
      () => ({ cluster: { adminKubeconfig: join(steps.directory, "ca.kubeconfig") } }),
      3,
      /^adminKubeconfig: no trusted connection to the admin cluster: .*x509/m,
      /present CA/,
    ],
    [
      "row 40 and faults row 3: nothing listens",
      () => ({ cluster: { adminKubeconfig: join(steps.directory, "port.kubeconfig") } }),
      1,
      /^adminKubeconfig: the admin cluster does not answer: .*refused/m,
      /^ {2}Look: kubectl --kubeconfig '/,
    ],
    [
      "row 40 and faults row 3: no file",
      { cluster: { adminKubeconfig: "/nonexistent/kubeconfig" } },
      1,
      /^adminKubeconfig: the admin cluster does not answer/m,
      /Look: kubectl --kubeconfig '\/nonexistent\/kubeconfig'/,
    ],
    [
      "faults row 5: a user without the rights",
      () => ({ cluster: { adminKubeconfig: join(steps.directory, "nobody.kubeconfig") } }),
      3,
      /^adminKubeconfig: not allowed in namespace uc1: get pods; .*create pods\/exec;.*patch networkpolicies/m,
      /docs\/reference\/rights.md/,
    ],
    [
      "row 41: wrong namespace",
      { cluster: { namespace: "uc2" } },
      2,
      /^namespace: the admin cluster has no namespace uc2; it has: uc1 $/m,
      /pulumi config set namespace NAME/,
    ],
    [
      "row 41: wrong StatefulSet",
      { profile: { etcd: { statefulSet: "kube-etdc" } } },
      2,
      /no StatefulSet kube-etdc; it has: kube-apiserver kube-etcd $/m,
      /overrides.etcd.statefulSet NAME/,
    ],
    [
      "row 41: wrong container",
      { profile: { etcd: { container: "etcd" } } },
      2,
      /no container etcd; it has: kube-etcd $/m,
      /overrides.etcd.container NAME/,
    ],
    [
      "row 41: wrong claim",
      { profile: { etcd: { dataClaim: "etcd-data" } } },
      2,
      /member kube-etcd-0: no PersistentVolumeClaim etcd-data-kube-etcd-0; its Pod mounts: data-kube-etcd-0$/m,
      /overrides.etcd.dataClaim NAME/,
    ],
    [
      "row 41: wrong API server",
      { profile: apiServer("kube-api") },
      2,
      /no StatefulSet kube-api; it has: kube-apiserver kube-etcd $/m,
      /overrides.apiServer.statefulSet NAME/,
    ],
    [
      "row 43: API servers at 0, and no ledger",
      { profile: apiServer("stopped") },
      3,
      /^StatefulSet stopped is at 0 replicas and no ledger says how many/m,
      /--replicas=N/,
    ],
    [
      "faults row 10: the quorum lives and no reason is given",
      () => ({ reason: "" }),
      3,
      /^restore.reason: 1 of 1 members are healthy/m,
      /restore.reason 'why'/,
    ],
    [
      "whenScaled: Delete would delete the data",
      { profile: { etcd: { statefulSet: "deleting", container: "pause" } } },
      3,
      /^StatefulSet deleting: persistentVolumeClaimRetentionPolicy.whenScaled is Delete/m,
      /"whenScaled":"Retain"/,
    ],
    [
      "OrderedReady with a probe that needs a quorum",
      { cluster: { members: 3 }, profile: { etcd: { statefulSet: "ordered", container: "pause" } } },
      3,
      /^StatefulSet ordered: OrderedReady with a readiness probe/m,
      /\/livez/,
    ],
    [
      "a claim that is not bound",
      { profile: { etcd: { statefulSet: "unbound", container: "pause" } } },
      3,
      /^PersistentVolumeClaim data-unbound-0 is not bound \(Pending\)/m,
      /describe persistentvolumeclaim data-unbound-0/,
    ],
    [
      "a claim that is ReadWriteOncePod",
      { profile: { etcd: { statefulSet: "single", container: "pause" } } },
      3,
      /^PersistentVolumeClaim data-single-0 is ReadWriteOncePod/m,
      /ReadWriteOnce\./,
    ],
  ])("%s", async (_, change, code, sentence, remedy) => {
    await kubeconfigs();
    const run = await steps.run("preflight", typeof change === "function" ? change() : change);
    await refused(run, code, sentence, remedy);
    expect(run.stderr).not.toContain(secretText);
    expect(run.stdout).toBe("");
  });

  it.each<[string, () => RestoreChange]>([
    ["row 22", () => ({ snapshot: { ...steps.snapshot, kubeSystemUid: "0f0f" }, clusterUid: "0f0f" })],
    [
      "row 25",
      () => ({
        snapshot: { ...steps.snapshot, etcdVersion: "3.99.0" },
        overrides: { allowVersion: "3.99.0" },
      }),
    ],
    [
      "row 26",
      () => ({ snapshot: encrypted("aescbc:key1"), overrides: { allowEncryption: ["aescbc:key1"] } }),
    ],
  ])("%s: passes when the override names it", async (_, change) => {
    expect(await steps.run("preflight", change())).toMatchObject({ code: 0 });
  });

  it("row 26: passes when the API servers have the key, and no secret is shown", async () => {
    const change = { snapshot: encrypted("aescbc:key1", "kms:vault"), profile: apiServer("sealed") };
    const run = await steps.run("preflight", change);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("have aescbc:key1 kms:vault") });
    expect(run.stderr + run.stdout).not.toContain(secretText);
  });

  it.each(["swapped", "finished"])("faults row 1: another restore that is %s", async (phase) => {
    await steps.kubectl([
      "create",
      "configmap",
      "etcd-recovery",
      "--from-literal=id=other",
      `--from-literal=phase=${phase}`,
    ]);
    try {
      const run = await steps.run("preflight");
      if (phase === "finished") return expect(run.code, run.stderr).toBe(0);
      expect(run).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/restore other of this cluster is under way.*\n {2}Finish it/),
      });
      const own = await steps.run("preflight", { id: "other" });
      expect(own.code, own.stderr).toBe(0);
    } finally {
      await steps.kubectl(["delete", "configmap", "etcd-recovery"]);
    }
    await unchanged();
  });

  it("faults row 5: the documented Role is enough", async () => {
    const [, role = ""] = (await readFile(join(__dirname, "../../docs/reference/rights.md"), "utf8")).split(
      /```(?:yaml)?\n/,
    );
    const { rules } = parse(role);
    const metadata = { name: "bad-inputs-operator" };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name };
    const subjects = [{ kind: "User", apiGroup: roleRef.apiGroup, name: "operator" }];
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata };
    const items = [
      { ...rbac, kind: "Role", rules },
      { ...rbac, kind: "RoleBinding", roleRef, subjects },
    ];
    await steps.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    await kubeconfigs();
    const operator = { adminKubeconfig: join(steps.directory, "operator.kubeconfig") };
    const run = await steps.run("preflight", { cluster: operator });
    expect(run.code, run.stderr).toBe(0);
    // Not a part of it: the one Secret with the names of encryption keys.
    const sealed = { snapshot: encrypted("aescbc:key1"), profile: apiServer("sealed"), cluster: operator };
    await refused(
      await steps.run("preflight", sealed),
      3,
      /is unknown: Secret sealed-config cannot be read/,
      /allow 'get' on that Secret/,
    );
  });

  it("row 48: paths that a shell would take apart work", async () => {
    const directory = join(steps.directory, 'it\'s; $(touch /tmp/etcd-recovery-injected) "ü" -x');
    await mkdir(directory, { recursive: true });
    const copy = async (name: string, from: string) => {
      await writeFile(join(directory, name), await readFile(from), { mode: 0o600 });
      return join(directory, name);
    };
    const adminKubeconfig = await copy("-admin", lab.adminKubeconfig);
    const userKubeconfig = await copy("user config", lab.userKubeconfig());
    const run = await steps.run("preflight", { cluster: { adminKubeconfig, userKubeconfig } });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).not.toContain("not compared (the live");
    await expect(readFile("/tmp/etcd-recovery-injected")).rejects.toThrow("ENOENT");
  });

  describe("rows 36, 49 and the tool: what is seen on the member's volume", () => {
    const member = { MEMBER: "kube-etcd-0" };
    const withPod = async (
      name: string,
      pod: Parameters<DirectSteps["utilityPod"]>[1],
      work: (change: RestoreChange) => Promise<void>,
    ) => {
      await steps.utilityPod(name, pod);
      try {
        await work({ id: name, ...(pod?.image === undefined ? {} : { utilityImage: pod.image }) });
      } finally {
        await steps.removeUtilityPod(name);
      }
      await unchanged();
    };

    it("row 49: an image without a shell", async () => {
      await withPod("no-shell", { image: imageNames.scheduler }, async (change) => {
        const run = await steps.run("transfer", change, member);
        expect(run.stderr).toMatch(/^utilityImage: .*kube-scheduler\S+ has no shell/m);
        expect(run.stderr).toMatch(
          /restore.etcdutl PATH\): pulumi config set utilityImage IMAGE && kubectl .* && pulumi up --refresh/,
        );
        expect(run.code).toBe(3);
      });
    });

    it("row 49: an image that cannot be pulled", async () => {
      await withPod("no-pull", { image: "127.0.0.1:1/none:1" }, async (change) => {
        const run = await steps.run("transfer", change, { ...member, UTILITY_TROUBLE_SECONDS: "2" });
        expect(run.stderr).toMatch(
          /^utilityImage: 127.0.0.1:1\/none:1 does not come to the node of kube-etcd-0: \w+/m,
        );
        expect(run.code).toBe(3);
      });
    });

    it("row 36 and faults row 11: a volume without space for the staged copy", async () => {
      await withPod("no-space", {}, async (change) => {
        const snapshot = { ...steps.snapshot, sizeBytes: 2 ** 45 };
        const run = await steps.run("transfer", { ...change, snapshot }, member);
        expect(run.stderr).toMatch(/its volume has \d+ bytes free, staging needs 70368811286528/);
        expect(run.code).toBe(3);
      });
    });

    it("an image without a tool is refused; a given one is brought, used and removed", async () => {
      // busybox lies in /bin, etcd's tools in /usr/local/bin
      await withPod("no-tool", { path: "/bin" }, async (change) => {
        const facts = {
          ...member,
          PEER_URL: "https://kube-etcd-0.kube-etcd:2380",
          BUMP: "1000000000",
          SERVER_VERSION: "3.6.14",
        };
        const transferred = await steps.run("transfer", change, facts);
        expect(transferred.code, transferred.stderr).toBe(0);
        const none = await steps.run("stage", change, facts);
        expect(none.stderr).toMatch(/^utilityImage: .*it has neither etcdutl >= 3.5.10/m);
        expect(none.stderr).toMatch(/\(3.6.14\): pulumi config set --path restore.etcdutl \/\S+\/etcdutl /);
        expect(none.code).toBe(3);
        expect(await steps.files()).not.toContainEqual(expect.stringContaining("restored"));
        const etcdutl = await readEtcdutl(join(lab.toolsDirectory, "etcdutl"));
        const given = await steps.run("stage", { ...change, etcdutl }, facts);
        expect(given.stderr).toMatch(
          /staged by restore.etcdutl 3.6.14, since of utilityImage: it has neither/,
        );
        expect(given.stdout).toMatch(/^sha256 [0-9a-f]{64}\ncluster [0-9a-f]+\nbump 1000000000$/);
        const files = await steps.files();
        expect(files).toContainEqual(expect.stringContaining("no-tool/restored/member/snap/db"));
        expect(files.filter((file) => file.includes("etcdutl"))).toEqual([]);
        const again = await steps.run("stage", { ...change, etcdutl }, facts);
        expect(again).toMatchObject({ code: 0, stdout: given.stdout });
      });
    });
  });

  it("rows 37, 39: a backup from a member that does not answer ends with a sentence, soon", async () => {
    const capture = assembleScript([
      ...hostedScripts,
      join(__dirname, "../../components/backup/scripts/capture.sh"),
    ]);
    const started = performance.now();
    const run = await steps.runScript(capture, {
      ...steps.plan().environment,
      ETCD_CLIENT_PORT: "2399",
      GENERATION: "1",
      STAGING: join(steps.directory, "staging"),
      POD_DIRECTORY: "/tmp",
      SAVE_SECONDS: "20",
    });
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no member could be asked\n {2}Look/),
    });
    expect(performance.now() - started).toBeLessThan(30_000);
    await unchanged();
  });

  it("row 50: a backup directory on a read-only file system", async () => {
    const store = join(steps.directory, "read-only");
    await mkdir(store, { mode: 0o700 });
    const check = `require("tsx/cjs"); require(${JSON.stringify(join(__dirname, "../../components/store/storeDirectory.ts"))})
      .checkStoreDirectory(process.argv[1]).then(() => console.log("accepted"), (e) => console.log(e.message))`;
    const mounted = 'mount -t tmpfs -o ro,mode=0700 none "$1" && exec node -e "$2" "$1"';
    const { stdout } = await lab.run(["unshare", "-m", "sh", "-c", mounted, "sh", store, check], {
      cwd: join(__dirname, "..", ".."),
    });
    expect(stdout).toMatch(/^backup.directory: .* lies on a read-only file system .*EROFS.*findmnt/);
  });

  describe("what a person sees of `pulumi up`", () => {
    let stacks: LabStacks;
    beforeAll(async () => {
      stacks = await LabStacks.open(lab);
      await stacks.restoreStack("screen", { "restore.snapshot": steps.snapshot.path });
    });
    afterAll(() => stacks?.close());

    it.each<[string, () => Record<string, string>, RegExp]>([
      [
        "row 9: a cut snapshot",
        () => ({ "restore.snapshot": join(steps.directory, "cut.db") }),
        /restore.snapshot: .*cut.db: is truncated: .*Take another copy/,
      ],
      [
        "row 40: an insecure kubeconfig",
        () => ({ adminKubeconfig: join(steps.directory, "insecure.kubeconfig") }),
        /adminKubeconfig: .*insecure-skip-tls-verify.*allowInsecure\[0\]' https/,
      ],
      [
        "row 41: a wrong namespace",
        () => ({ namespace: "uc3" }),
        /namespace: .*no namespace uc3; it has: uc1/,
      ],
      [
        "row 49: a placeholder for the image",
        () => ({ utilityImage: "gcr.io/gke-on-prem-release/etcd-util:GKE_ON_PREM_VERSION" }),
        /utilityImage: must name the cluster's own version in its tag. pulumi config set utilityImage VALUE/,
      ],
      [
        "faults row 10: a living quorum",
        () => ({}),
        /restore.reason: 1 of 1 members are healthy.*\n.*restore.reason 'why'/,
      ],
    ])("%s", async (_, settings, sentence) => {
      await kubeconfigs();
      await writeFile(
        join(steps.directory, "cut.db"),
        (await readFile(steps.snapshot.path)).subarray(0, 8192),
      );
      const good: Record<string, string> = {
        "restore.snapshot": steps.snapshot.path,
        adminKubeconfig: lab.adminKubeconfig,
        namespace: "uc1",
        utilityImage: imageNames.etcdUtil,
      };
      const all = Object.entries({ ...good, ...settings() });
      await stacks.done(
        "config",
        "set-all",
        "--path",
        ...all.flatMap(([k, v]) => ["--plaintext", `${k}=${v}`]),
      );
      const { exitCode, screen } = await stacks.pulumi("up", "--yes", "--skip-preview");
      expect(exitCode).not.toBe(0);
      expect(screen).toMatch(sentence);
      expect(screen).not.toMatch(/^\s+at .*:\d+|node_modules|Unhandled/m);
      await unchanged();
    });

    it("leaves nothing behind", async () => {
      await stacks.done("destroy", "--yes", "--skip-preview");
      await unchanged();
    });
  });

  function encrypted(...keys: string[]) {
    const encryption = keys.map((key) => {
      const [provider = "", keyName = ""] = key.split(":");
      return { provider, keyName };
    });
    return { ...steps.snapshot, encryption };
  }

  /** Kubeconfigs that differ from the good one in one thing each. */
  async function kubeconfigs(): Promise<void> {
    const good = parse(await readFile(lab.adminKubeconfig, "utf8"));
    const [cluster] = good.clusters;
    const variants: Record<string, object> = {
      token: { users: [{ name: "admin", user: { token: "nobody-knows" } }] },
      operator: { users: [{ name: "admin", user: { ...good.users[0].user, as: "operator" } }] },
      nobody: {
        users: [
          { name: "admin", user: { ...good.users[0].user, as: "system:serviceaccount:default:nobody" } },
        ],
      },
      ca: {
        clusters: [
          {
            ...cluster,
            cluster: {
              ...cluster.cluster,
              "certificate-authority-data": parse(await readFile(lab.userKubeconfig(), "utf8")).clusters[0]
                .cluster["certificate-authority-data"],
            },
          },
        ],
      },
      port: { clusters: [{ ...cluster, cluster: { ...cluster.cluster, server: "https://127.0.0.1:1" } }] },
      insecure: {
        clusters: [
          { ...cluster, cluster: { server: cluster.cluster.server, "insecure-skip-tls-verify": true } },
        ],
      },
    };
    for (const [name, change] of Object.entries(variants))
      await writeFile(join(steps.directory, `${name}.kubeconfig`), stringify({ ...good, ...change }), {
        mode: 0o600,
      });
  }
});

function apiServer(statefulSet: string) {
  return { apiServer: { statefulSet } };
}

const secretText = "QUJDREVGR0hJSktMTU5PUA==";
const paused = (name: string, spec: object, pod: object = {}, container: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name },
  spec: {
    serviceName: name,
    replicas: 0,
    selector: { matchLabels: { app: name } },
    ...spec,
    template: {
      metadata: { labels: { app: name } },
      // Their Pods never run: what is looked at is the StatefulSet.
      spec: {
        nodeSelector: { "no-such": "node" },
        ...pod,
        containers: [{ name: "pause", image: imageNames.pause, ...container }],
      },
    },
  },
});
const sealed = (name: string, path: string, volume: object) =>
  paused(
    name,
    { replicas: 1 },
    { volumes: [{ name: "config", ...volume }] },
    {
      args: [`--encryption-provider-config=${path}/enc.yaml`],
      volumeMounts: [{ name: "config", mountPath: path }],
    },
  );
const claim = (name: string, mode: string, spec: object) => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name },
  spec: { accessModes: [mode], resources: { requests: { storage: "1Mi" } }, ...spec },
});

/** Objects beside the cluster that stand for clusters with something wrong. */
const stand = {
  apiVersion: "v1",
  kind: "List",
  items: [
    paused("stopped", { replicas: 0 }),
    paused("deleting", { replicas: 1, persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" } }),
    paused("ordered", { replicas: 3 }, {}, { readinessProbe: { httpGet: { path: "/readyz", port: 1 } } }),
    paused("unbound", { replicas: 1 }),
    paused("single", { replicas: 1 }),
    sealed("sealed", "/etc/enc", { secret: { secretName: "sealed-config" } }),
    sealed("host-sealed", "/etc/host", { hostPath: { path: "/etc/host" } }),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "sealed-config" },
      stringData: {
        "enc.yaml": stringify({
          apiVersion: "apiserver.config.k8s.io/v1",
          kind: "EncryptionConfiguration",
          resources: [
            {
              resources: ["secrets"],
              providers: [
                { aescbc: { keys: [{ name: "key1", secret: secretText }] } },
                { kms: { apiVersion: "v2", name: "vault", endpoint: "unix:///vault.sock" } },
                { identity: {} },
              ],
            },
          ],
        }),
      },
    },
    claim("data-unbound-0", "ReadWriteOnce", { storageClassName: "none" }),
    claim("data-single-0", "ReadWriteOncePod", { storageClassName: "", volumeName: "bad-inputs-single" }),
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "bad-inputs-single" },
      spec: {
        accessModes: ["ReadWriteOncePod"],
        capacity: { storage: "1Mi" },
        hostPath: { path: "/tmp/bad-inputs-single" },
        storageClassName: "",
      },
    },
  ],
};
