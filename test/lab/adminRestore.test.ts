import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Decrypter, generateIdentity, identityToRecipient } from "age-encryption";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";

/** One story on one lab: the admin control plane of static Pods, reached through the jump host alone. */
describe("a restore of the admin control plane by SSH", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let etcd: MachineEtcd;
  let snapshot: string;
  let identity: string;
  const identityFile = () => join(stacks.directory, "identity.age");
  const wanted = () => ({ profile: "gdc-admin" as const, snapshot, identityFile: identityFile() });
  const withKeys = () => ({ ...wanted(), pki: { identity } });
  /** What connections leave in the temporary directory of the stacks' own processes. */
  const leftHere = () =>
    readdirSync(stacks.directory).filter((name) => name.startsWith("etcd-recovery-ssh-"));
  const onAdmin = async (...argv: string[]) => (await lab.onMachine("admin-cp", argv)).stdout;
  const listed = async () =>
    (await onAdmin("find", "/etc/kubernetes", "/home/ubuntu", "/tmp", "-printf", "%p %m %U:%G\n"))
      .split("\n")
      .filter((line) => !line.startsWith("/etc/kubernetes/etcd-recovery"))
      .sort();
  /** Of keys, certificates and kubeconfigs: modes, owners, times and contents. */
  const keys = () =>
    onAdmin(
      ...[
        "sh",
        "-c",
        'cd /etc/kubernetes; find "$@" -printf "%p %m %U:%G %l\\n" -type f -printf "%p %Ts\\n" | sort; find "$@" -type f -exec sha256sum {} + | sort',
      ],
      ...["sh", "pki", "admin.conf", "controller-manager.conf", "scheduler.conf", "kubelet.conf"],
    );
  const noSecrets = async () =>
    expect(await stacks.done("stack", "export")).not.toMatch(/PRIVATE KEY|AGE-SECRET/);
  const ledger = async () => JSON.parse(await onAdmin("cat", "/etc/kubernetes/etcd-recovery/ledger.json"));

  beforeAll(async () => {
    lab = await startLab({ name: "admin-restore", workers: 1 });
    stacks = await NodesStacks.open(lab);
    etcd = new MachineEtcd(lab, "admin-cp");
    await etcd.write("before");
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("is taken from a backup: a snapshot and the machine's keys, both encrypted; not one file of the machine is changed", async () => {
    const files = ["/etc/kubernetes", "/home/ubuntu", "/var/lib/etcd"];
    const all = () => onAdmin("find", ...files, "-not", "-path", "*/member/*", "-printf", "%p %m %U:%G\n");
    const before = await all();
    identity = await generateIdentity();
    writeFileSync(identityFile(), identity, { mode: 0o600 });
    const backup = await stacks.backup("gdc-admin", await identityToRecipient(identity));
    snapshot = backup.snapshot;
    expect(snapshot).toMatch(/snapshot\.db\.zst\.age$/);
    expect(readFileSync(snapshot, "latin1")).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    await etcd.write("after");
    expect((await all()).split("\n").sort()).toEqual(before.split("\n").sort());
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    const tar = await decrypter.decrypt(readFileSync(join(dirname(snapshot), "pki-admin-cp.tar.age")));
    const { stdout: listed } = await execa("tar", ["-tv", "--numeric-owner"], { input: Buffer.from(tar) });
    for (const name of ["pki/ca.key", "pki/etcd/ca.crt", "manifests/etcd.yaml", "admin.conf"])
      expect(listed).toContain(` etc/kubernetes/${name}\n`);
    expect(listed).toMatch(/^-rw------- 0\/0 .* etc\/kubernetes\/pki\/ca\.key$/m);
    const manifest = JSON.parse(readFileSync(backup.manifest, "utf8"));
    expect(manifest.pki.certificates.map(({ path }: { path: string }) => path)).toContain(
      "/etc/kubernetes/pki/apiserver.crt",
    );
    expect(await stacks.done("stack", "export")).not.toContain("PRIVATE KEY");
    expect(leftHere()).toEqual([]);
  });

  it("is refused when a host shows another key than the pinned one, or the keys are for another recipient, and changes nothing", async () => {
    const before = await listed();
    const { hosts, jump: hop } = await lab.controlPlane();
    await stacks.restoreStack("foreign-node", { ...wanted(), hostKeys: { "admin-cp": hop.hostKey } });
    const node = await stacks.pulumi("up", "--yes", "--skip-preview");
    expect(node.exitCode).not.toBe(0);
    expect(node.screen).toMatch(
      /machine admin-cp \(10\.77\.0\.10\): shows the ED25519 host key SHA256:\S+, not the one/,
    );
    await stacks.restoreStack("foreign-jump", { ...wanted(), hostKeys: { jump: hosts[0]?.hostKey } });
    const jump = await stacks.pulumi("up", "--yes", "--skip-preview");
    expect(jump.exitCode).not.toBe(0);
    expect(jump.screen).toMatch(/jump host 10\.77\.0\.2: shows the ED25519 host key SHA256:/);
    const other = await generateIdentity();
    await stacks.restoreStack("foreign-keys", { ...wanted(), pki: { identity: other } });
    const recipient = await stacks.pulumi("up", "--yes", "--skip-preview");
    expect(recipient.exitCode).not.toBe(0);
    expect(recipient.screen).toMatch(
      /restore\.pki\.identity: does not open \S+pki-admin-cp\.tar\.age: it was encrypted to other recipients/,
    );
    expect(recipient.screen).not.toContain(other);
    expect(await listed()).toEqual(before);
    expect(await onAdmin("sh", "-c", "ls /etc/kubernetes /var/lib/etcd -A")).not.toContain("etcd-recovery");
  });

  it("that was killed in its outage, its machine losing its power, is undone by 'pulumi destroy'", async () => {
    await onAdmin("touch", "/etc/kubernetes/pki/since");
    const [before, own] = [await listed(), await keys()];
    await stacks.restoreStack("given-up", withKeys());
    await stacks.killedAt(/restore-scale-up-etcd created/);
    expect((await ledger()).phase).toBe("started");
    expect(await keys()).not.toContain("pki/since");
    // Its kubelet reaches no API server from now on, and ends nothing by itself.
    await lab.killMachine("admin-cp");
    await lab.startMachine("admin-cp");
    await waitUntil({ what: "etcd after the start of its machine", timeoutSeconds: 60 }, async () =>
      /^\d+$/.test(await onAdmin("pidof", "etcd")),
    );
    const destroyed = await stacks.done("destroy", "--yes", "--skip-preview");
    expect(destroyed).toContain("the previous data serves again");
    expect(destroyed).toContain("previous keys and certificates back on every member");
    expect(await keys()).toEqual(own);
    await onAdmin("rm", "/etc/kubernetes/pki/since");
    expect((await ledger()).phase).toBe("undone");
    expect(await etcd.configMaps()).toEqual(["configmap/after", "configmap/before"]);
    expect(await listed()).toEqual(before.filter((line) => !line.startsWith("/etc/kubernetes/pki/since ")));
  });

  it("brings back the objects of the snapshot, and keys and certificates that are gone, by the operator's ssh-agent; leaves nothing on either side", async () => {
    const [before, own] = [await listed(), await keys()];
    await stacks.restoreStack("done", { ...withKeys(), byAgent: true });
    const preview = await stacks.done("preview");
    expect(preview).toMatch(/takes away \d+ objects?: [\s\S]*ConfigMap default\/after/);
    expect(preview).toContain("restore.pki: machine admin-cp: has the certificates of the backup");
    const lost = "pki admin.conf controller-manager.conf scheduler.conf";
    await onAdmin("sh", "-c", `cd /etc/kubernetes; rm -r ${lost} /var/lib/etcd/member`);
    await onAdmin("sh", "-c", "kill -9 $(pidof etcd kube-apiserver)");
    await stacks.done("up", "--yes", "--skip-preview");
    expect(await keys()).toEqual(own);
    expect(await etcd.configMaps()).toEqual(["configmap/before"]);
    await stacks.done("up", "--yes", "--skip-preview", "--expect-no-changes");
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ restoreId: "done", replicas: { etcd: 1, apiServer: 1 }, warnings: [] });
    expect(report.hosted).toEqual([{ name: "uc1/StatefulSet/kube-apiserver", wanted: 1, ready: 1 }]);
    expect(report.leases).toHaveLength(2);
    await noSecrets();
    expect(await listed()).toEqual(before);
    expect(leftHere()).toEqual([]);
    await etcd.write("later");
    await lab.kubectl(["rollout", "restart", "deployment/coredns", "-n", "kube-system"]);
    await waitUntil({ what: "a new Pod of the restored cluster", timeoutSeconds: 120 }, async () => {
      const status = ["rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=5s"];
      return (await lab.kubectl(status, { reject: false })).exitCode === 0;
    });
    await stacks.done("destroy", "--yes", "--skip-preview");
    expect(await etcd.configMaps()).toEqual(["configmap/before", "configmap/later"]);
  });
});
