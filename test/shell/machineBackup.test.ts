import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { machineScript } from "../../components/nodes/machineScripts";
import { Sandbox, shells } from "../support/shells";

describe.each(shells)("what a backup takes from a machine, under $name", (shell) => {
  let sandbox: Sandbox;
  let kubernetes: string;
  let data: string;
  const run = (name: "save-snapshot" | "pki" | "certificates", argv: readonly string[]) => {
    const places = { manifests: join(kubernetes, "manifests"), state: join(kubernetes, "etcd-recovery") };
    return sandbox.run(machineScript(places, name, ...argv).text, argv);
  };
  const save = (...more: string[]) =>
    run("save-snapshot", ["5", "etcd", data, "/var/lib/etcd", "--endpoints=https://127.0.0.1:2379", ...more]);
  const besideData = () => readdirSync(data).sort();

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    kubernetes = join(sandbox.directory, "kubernetes");
    data = join(sandbox.directory, "data");
    mkdirSync(join(kubernetes, "pki", "etcd"), { recursive: true });
    mkdirSync(join(kubernetes, "etcd-recovery"));
    mkdirSync(join(data, "member", "snap"), { recursive: true });
    writeFileSync(join(data, "member", "snap", "db"), "database");
    // util-linux is on every machine; Debian's busybox has no flock
    sandbox.stub("flock", 'exec /usr/bin/flock "$@"');
    sandbox.stub(
      "etcdctl",
      `for path; do :; done
       case "$*" in "--endpoints=https://127.0.0.1:2379 snapshot save "*) ;; *) echo "what: $*" >&2; exit 1 ;; esac
       echo "Snapshot saved at $path"
       printf 'the snapshot' > "$path"`,
    );
  });
  afterEach(() => sandbox.dispose());

  it("save-snapshot: gives the snapshot and nothing else, and leaves nothing; what a power loss has left goes", () => {
    writeFileSync(join(data, "etcd-recovery-snapshot.77"), "left");
    expect(save()).toMatchObject({ code: 0, stdout: "the snapshot" });
    expect(besideData()).toEqual(["member"]);
    expect(readdirSync(join(kubernetes, "etcd-recovery"))).toEqual([]);
  });

  it("save-snapshot: leaves nothing when etcd's client fails, and says why", () => {
    sandbox.stub("etcdctl", 'for path; do :; done; echo half > "$path.part"; echo "no leader" >&2; exit 1');
    expect(save()).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("no leader") });
    expect(besideData()).toEqual(["member"]);
  });

  // df and tar of machines are GNU's; this busybox takes its own before any stub
  const machines = shell.name === "dash" ? it : () => undefined;

  machines("save-snapshot: takes none that would fill the disk of etcd", () => {
    sandbox.stub("df", "printf 'Filesystem\\n/dev/x 100 0 262143 0%% /\\n'");
    const { code, stdout, stderr } = save();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`${data}: 255 MiB are free, a snapshot beside etcd's data needs 256`);
  });

  it("save-snapshot: by the client in etcd's container where the machine has none", () => {
    const call = join(sandbox.directory, "call");
    sandbox.stub(
      "ctr",
      `case "$*" in
        *tasks\\ list*) printf 'TASK PID STATUS\\nbbb 2 RUNNING\\n' ;;
        *containers\\ list*) echo bbb ;;
        *exec*) echo "$*" > "${call}"; for path; do :; done; printf inside > "${data}/\${path##*/}" ;;
      esac`,
    );
    sandbox.stub("command", ":");
    const without = machineScript(
      { manifests: join(kubernetes, "manifests"), state: join(kubernetes, "etcd-recovery") },
      "save-snapshot",
    ).text.replace("command -v etcdctl", "false");
    const argv = ["5", "etcd", data, "/var/lib/etcd", "--endpoints=x"];
    expect(sandbox.run(without, argv)).toMatchObject({ code: 0, stdout: "inside" });
    expect(readFileSync(call, "utf8")).toMatch(
      /^-n k8s.io tasks exec --exec-id etcd-recovery-\d+ bbb etcdctl --endpoints=x snapshot save \/var\/lib\/etcd\/etcd-/,
    );
    expect(besideData()).toEqual(["member"]);
  });

  machines("pki: a tar with modes, links and what is there; the ledger's directory is no part of it", () => {
    writeFileSync(join(kubernetes, "pki", "ca.key"), "secret", { mode: 0o600 });
    symlinkSync("ca.key", join(kubernetes, "pki", "link"));
    writeFileSync(join(kubernetes, "etcd-recovery", "ledger.json"), "{}");
    const other = join(sandbox.directory, "encryption.yaml");
    writeFileSync(other, "kind: EncryptionConfiguration");
    const out = join(sandbox.directory, "out.tar");
    const argv = [kubernetes, "/nowhere at all", other];
    const { text } = machineScript(
      { manifests: join(kubernetes, "manifests"), state: join(kubernetes, "etcd-recovery") },
      "pki",
    );
    expect(sandbox.run(`exec > "${out}"\n${text}`, argv)).toMatchObject({ code: 0, stderr: "" });
    const listed = execFileSync("tar", ["-tvf", out], { encoding: "utf8" });
    expect(listed).toMatch(/^-rw------- .*kubernetes\/pki\/ca\.key$/m);
    expect(listed).toMatch(/kubernetes\/pki\/link -> ca\.key$/m);
    expect(listed).toContain("encryption.yaml");
    expect(listed).not.toContain("etcd-recovery/ledger");
    expect(run("pki", ["/nowhere at all"])).toMatchObject({ code: 1, stdout: "" });
  });

  machines(
    "pki: without the copies of etcd's data that kubeadm's upgrades leave; with what links lead to",
    () => {
      const kept = join(
        kubernetes,
        "tmp",
        "kubeadm-backup-etcd-2026-01-01-00-00-00",
        "etcd",
        "member",
        "snap",
      );
      mkdirSync(kept, { recursive: true });
      writeFileSync(join(kept, "db"), "all of etcd");
      const vendor = join(sandbox.directory, "vendor certs");
      mkdirSync(vendor);
      writeFileSync(join(vendor, "ca.key"), "the key");
      symlinkSync(join(vendor, "ca.key"), join(kubernetes, "pki", "ca.key"));
      symlinkSync("/nowhere at all", join(kubernetes, "pki", "dangling"));
      writeFileSync(join(kubernetes, "a.crt"), "one file");
      linkSync(join(kubernetes, "a.crt"), join(kubernetes, "pki", "ca.crt"));
      const out = join(sandbox.directory, "out.tar");
      const places = { manifests: join(kubernetes, "manifests"), state: join(kubernetes, "etcd-recovery") };
      const { text } = machineScript(places, "pki");
      expect(sandbox.run(`exec > "${out}"\n${text}`, [kubernetes])).toMatchObject({ code: 0, stderr: "" });
      const listed = execFileSync("tar", ["-tvf", out], { encoding: "utf8" });
      expect(listed).not.toContain("kubeadm-backup");
      expect(listed).toMatch(/^-.* \S*\/vendor certs\/ca\.key$/m);
      expect(listed).toMatch(/^-.*kubernetes\/pki\/ca\.crt$/m);
      expect(listed).toMatch(/^-.*kubernetes\/a\.crt$/m);
    },
  );

  it("certificates: those of links and of the kubelet too; none that a restore or an upgrade has put aside", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
    const encoded = Buffer.from(pem).toString("base64");
    const vendor = join(sandbox.directory, "vendor");
    const kubelet = join(sandbox.directory, "kubelet");
    for (const directory of [
      vendor,
      kubelet,
      join(kubernetes, "tmp", "x"),
      join(kubernetes, "etcd-recovery", "pki"),
    ])
      mkdirSync(directory, { recursive: true });
    writeFileSync(join(vendor, "ca.crt"), pem);
    writeFileSync(join(kubernetes, "tmp", "x", "old.crt"), pem);
    writeFileSync(join(kubernetes, "etcd-recovery", "pki", "old.crt"), pem);
    symlinkSync(join(vendor, "ca.crt"), join(kubernetes, "pki", "ca.crt"));
    const key = "-----BEGIN EC PRIVATE KEY-----\nsecret\n-----END EC PRIVATE KEY-----\n";
    writeFileSync(join(kubelet, "kubelet-client-2026-01-01.pem"), pem + key);
    symlinkSync("kubelet-client-2026-01-01.pem", join(kubelet, "kubelet-client-current.pem"));
    expect(run("certificates", [kubernetes, kubelet])).toMatchObject({
      code: 0,
      stdout: `certificate ${join(kubelet, "kubelet-client-current.pem")} ${encoded}\ncertificate ${join(kubernetes, "pki", "ca.crt")} ${encoded}\n`,
    });
  });

  it("certificates: says each, and no key", () => {
    const path = join(kubernetes, "pki", "etcd", "server.crt");
    writeFileSync(path, "-----BEGIN CERTIFICATE-----\n");
    writeFileSync(join(kubernetes, "pki", "etcd", "server.key"), "secret");
    const encoded = Buffer.from("-----BEGIN CERTIFICATE-----\n").toString("base64");
    const conf = join(kubernetes, "admin.conf");
    writeFileSync(
      conf,
      `users:\n- user:\n    client-certificate-data: ${encoded}\n    client-key-data: c2VjcmV0\n`,
    );
    writeFileSync(join(kubernetes, "kubelet.conf"), "users:\n- user:\n    client-certificate: /var/x.pem\n");
    const argv = [kubernetes, "/nowhere at all"];
    expect(run("certificates", argv)).toMatchObject({
      code: 0,
      stdout: `certificate ${conf} ${encoded}\ncertificate ${path} ${encoded}\n`,
    });
  });
});
