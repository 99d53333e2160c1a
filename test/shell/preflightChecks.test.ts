import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostedScripts } from "../../components/hosted/hostedScripts";
import { assembleScript } from "../../components/steps/scripts";
import { Sandbox, shells } from "../support/shells";

const operator = join(__dirname, "..", "..", "components", "restore", "scripts", "operator");
/** Functions alone: no step of its own begins. */
const functions = assembleScript([
  ...hostedScripts,
  ...["ledger", "version", "checkIdentity", "checkEncryption", "checkNeed", "tool"].map((name) =>
    join(operator, `${name}.sh`),
  ),
]);

/** Decisions of preflight and of the choice of a tool, where no cluster is needed to see them. */
describe.each(shells)("checks under $name", (shell) => {
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = new Sandbox(shell);
  });
  afterEach(() => sandbox.dispose());

  const environment = {
    NAMESPACE: "uc1",
    KUBECONFIG: "/k",
    RESTORE_ID: "r1",
    MEMBERS: "m-0 m-1 m-2",
    ETCD_CONTAINER: "kube-etcd",
    APISERVER_STATEFULSET: "kube-apiserver",
    SNAPSHOT_REVISION: "42",
  };
  const run = (lines: string, env: Record<string, string> = {}) =>
    sandbox.run(`${functions}\nledger_fields=\nstatus=\n${lines}\n`, [], { env: { ...environment, ...env } });
  const outcome = (lines: string, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = run(lines, env);
    return `${code} ${stdout}${stderr}`;
  };

  describe("row 34: the bump", () => {
    const bump = (status: string, ledger = "", env: Record<string, string> = {}) =>
      outcome(`status='${status}'\nledger_fields='${ledger}'\nprint_bump`, env);

    it.each([
      ["nobody can say", "", "", "bump 1000000000\nlive-revision 0"],
      ["small revisions", "m-0 1000 leader 7 3.6.0", "", "bump 1000000000\nlive-revision 1000"],
      [
        "more than a billion",
        "m-0 9000000000 leader 7 3.6.0\nm-1 10000000000 follower 7 3.6.0",
        "",
        "bump 11999999958\nlive-revision 10000000000",
      ],
      [
        "an earlier restore's ledger",
        "",
        "id r0\nrevision 50\nbump 3000000000",
        "bump 4000000008\nlive-revision 0",
      ],
      [
        "this restore's own ledger, whatever a member says now",
        "m-0 9000000000 leader 7 3.6.0",
        "id r1\nrevision 50\nbump 3000000000\nlive-revision 2500000000",
        "bump 3000000000\nlive-revision 2500000000",
      ],
      [
        "the largest that is counted",
        `m-0 ${"9".repeat(18)} leader 7 3.6.0`,
        "",
        "bump 1199999999999999956\nlive-revision 999999999999999999",
      ],
    ])("%s", (_, status, ledger, expected) => {
      expect(bump(status, ledger)).toBe(`0 ${expected}\n`);
    });

    it.each([
      ["a live revision without room above it", `m-0 ${"9".repeat(19)} leader 7 3.6.0`, "", {}],
      ["one of 2^64", "m-0 18446744073709551615 leader 7 3.6.0", "", {}],
      ["a snapshot's", "", "", { SNAPSHOT_REVISION: "9223372036854775807" }],
      ["a ledger's", "", "id r0\nrevision 50\nbump 9223372036854775807", {}],
    ])("refuses %s", (_, status, ledger, env) => {
      expect(bump(status, ledger, env as Record<string, string>)).toMatch(
        /^3 .*leaves no room above it: etcd counts to 9223372036854775807\n {2}\S/,
      );
    });

    it("refuses a ledger with something else in it", () => {
      expect(bump("", "id r0\nrevision x\nbump 5")).toMatch(/^3 .*'x' is no revision/);
    });
  });

  describe("faults row 39: another restore under way, by the clock of another machine", () => {
    const at = (minutes: number) =>
      new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+/, "");
    const held = (minutes: number) =>
      outcome(`ledger_fields='id r0\nphase swapped\nopen ${at(minutes)}\nholder me@there'\ndie_held`);

    it("says how long ago it began, and never a negative time", () => {
      expect(held(-3 * 1440)).toMatch(/^3 .* under way since \S+ \(43(19|20|21) min ago; it is swapped/);
      expect(held(3 * 1440)).toMatch(/^3 .* \(43(19|20) min ahead of the clock here; it is swapped/);
    });
  });

  describe("row 25: the snapshot's version against the server's", () => {
    const check = (snapshot: string, server: string, env: Record<string, string> = {}) =>
      outcome(`server='${server}'\ncheck_version`, { SNAPSHOT_VERSION: snapshot, ...env });

    it.each([
      ["3.5.0", "3.6.14"],
      ["3.6.0", "3.6.14"],
      ["3.6.14", "3.6.0"],
    ])("%s for %s passes", (snapshot, server) => expect(check(snapshot, server)).toBe("0 "));

    it.each([
      ["3.6.0", "3.5.30"],
      ["3.10.0", "3.9.1"],
      ["4.0.0", "3.6.1"],
    ])("%s for %s is refused, with the one override", (snapshot, server) => {
      const refused = check(snapshot, server);
      expect(refused).toMatch(/^3 restore.snapshot: it is of etcd .* the cluster runs /);
      expect(refused).toContain(`\n  Choose a snapshot of ${server} or older`);
      expect(refused).toContain(`pulumi config set --path restore.allowVersion ${snapshot}\n`);
      expect(check(snapshot, server, { ALLOW_VERSION: snapshot })).toMatch(/^0 .*as restore.allowVersion/);
      expect(check(snapshot, server, { ALLOW_VERSION: "3.7.0" })).toMatch(/^3 .*names 3.7.0/);
    });

    it("says when it cannot be compared", () => {
      expect(check("", "3.5.30")).toMatch(/^0 version: not compared/);
      expect(check("3.6.0", "")).toMatch(/^0 version: not compared/);
    });

    it("takes the oldest member's version, else the image's tag when that is etcd's", () => {
      const server = (status: string, image: string) =>
        run(`etcd_facts='image kube-etcd ${image}'\nserver_version '${status}'`).stdout;
      const members = "m-0 5 leader 7 3.10.1\nm-1 5 follower 7 3.6.14\nm-2 5 follower 7 3.9.2";
      expect(server(members, "etcd:3.4.1-0")).toBe("3.6.14");
      expect(server("m-0 5 no-leader 7 ", "registry.k8s.io/etcd:3.6.14-0")).toBe("3.6.14");
      expect(server("", "host:5000/etcd:v3.4.13-gke.5@sha256:abc")).toBe("3.4.13");
      expect(server("", "gcr.io/gke-on-prem-release/etcd-util:1.16.0-gke.0")).toBe("");
      expect(server("", "etcd@sha256:3.4.13")).toBe("");
    });
  });

  describe("row 26 and faults row 9: encryption at rest", () => {
    const files = (more: string) => `arg kube-apiserver
arg --encryption-provider-config=/etc/enc/config.yaml
mount certs - /etc
mount enc - /etc/enc/
secret certs pki
secret enc encryption
${more}`;
    const check = (known: string, env: Record<string, string>) =>
      outcome(`encryption_load() { ${known}; }\ncheck_encryption`, env);
    const encrypted = { SNAPSHOT_ENCRYPTION: "aescbc:key1\nkms:vault" };

    it("asks nothing for a snapshot without encrypted values", () => {
      expect(check("exit 9", {})).toBe("0 ");
    });

    it("passes when the API servers have every key", () => {
      expect(check("known='aescbc:key1\nidentity:\nkms:vault'", encrypted)).toMatch(
        /^0 .*aescbc:key1 kms:vault/,
      );
    });

    it.each([
      [
        "no configuration",
        "known=none",
        /aescbc:key1 kms:vault, the API servers have no --encryption-provider/,
      ],
      [
        "another key",
        "secret=enc; known='aescbc:key2\nkms:vault'",
        /with aescbc:key1, which .* have aescbc:key2/,
      ],
      ["a longer name", "secret=enc; known='aescbc:key11\nkms:vault'", /with aescbc:key1, which/],
      ["unknown", "known=; unknown='it lies in no Secret'", /which keys .* is unknown: it lies in no Secret/],
    ])("refuses with %s, and names the keys", (_, known, sentence) => {
      const refused = check(known, encrypted);
      expect(refused).toMatch(/^3 restore.snapshot: values in it are encrypted/);
      expect(refused).toMatch(sentence);
      expect(refused).toContain("pulumi config set --path 'restore.allowEncryption[0]' 'aescbc:key1'");
      const both = { ...encrypted, ALLOW_ENCRYPTION: "kms:vault\naescbc:key1" };
      expect(check(known, both)).toMatch(/^0 .*as restore.allowEncryption says/);
      const one = { ...encrypted, ALLOW_ENCRYPTION: "kms:vault" };
      expect(check(known, one)).toMatch(/^3 .*encrypted with aescbc:key1/);
    });

    it.each([
      ["one word", "--encryption-provider-config=/a/b", "/a/b"],
      ["two", "--encryption-provider-config\narg /a/b", "/a/b"],
      ["a shell's line", "exec kube-apiserver --encryption-provider-config=/a/b --v=2", "/a/b"],
      ["none", "--v=2", ""],
    ])("finds the flag as %s", (_, argument, expected) => {
      expect(run(`encryption_path 'arg ${argument}'`).stdout.trim()).toBe(expected);
    });

    it("finds the Secret of the volume that is mounted nearest", () => {
      const secret = (more: string, path = "/etc/enc/config.yaml") =>
        run(`secret_of '${path}' '${files(more)}'`).stdout;
      expect(secret("")).toBe("encryption config.yaml\n");
      expect(secret("item enc encryption current config.yaml")).toBe("encryption current\n");
      expect(secret("item enc encryption current other.yaml")).toBe("");
      expect(secret("", "/etc/other/config.yaml")).toBe("pki other/config.yaml\n");
      expect(secret("", "/var/config.yaml")).toBe("");
      expect(run(`secret_of '/a/c.yaml' 'mount v c.yaml /a/c.yaml\nsecret v s'`).stdout).toBe("s c.yaml\n");
    });
  });

  describe("the tool", () => {
    const choose = (tool: string, version: string, env: Record<string, string> = {}) =>
      outcome(
        `tool_unfit '${version}' > /dev/null\nchoose_tool 'tool ${tool}\ntool-version ${version}'\nprintf '%s\\n' "$tool_reason"`,
        { UTILITY_IMAGE: "example/util:1", SERVER_VERSION: "3.5.30", SNAPSHOT_VERSION: "3.5.0", ...env },
      );

    it.each([
      ["etcdutl", "3.5.30", {}],
      ["etcdutl", "3.6.14", {}],
      ["etcdutl", "3.6.14", { SERVER_VERSION: "3.4.23", SNAPSHOT_VERSION: "3.4.0" }],
      ["etcdctl", "3.4.27", { SNAPSHOT_VERSION: "3.4.0" }],
      ["etcdutl", "unknown", {}],
      ["etcdutl", "3.5.30", { SERVER_VERSION: "", SNAPSHOT_VERSION: "" }],
    ])("of the image: %s %s", (tool, version, env) => {
      expect(choose(tool, version, env as Record<string, string>)).toBe(
        `0 ${tool} ${version} of utilityImage\n`,
      );
    });

    it.each([
      ["cannot bump", "none", "unknown", {}, /neither etcdutl >= 3.5.10 nor etcdctl >= 3.4.27/],
      ["is older than the snapshot", "etcdctl", "3.4.27", {}, /it is 3.4.27, older than the snapshot/],
      [
        "is two minors older than the server",
        "etcdctl",
        "3.4.27",
        { SERVER_VERSION: "3.6.1", SNAPSHOT_VERSION: "" },
        /more than one minor older than the server \(3.6.1\)/,
      ],
    ])("is refused when it %s, and the remedy names a way", (_, tool, version, env, sentence) => {
      const refused = choose(tool, version, env as Record<string, string>);
      expect(refused).toMatch(/^3 utilityImage: example\/util:1: /);
      expect(refused).toMatch(sentence);
      expect(refused).toMatch(/\n {2}Give a static etcdutl .*pulumi config set --path restore.etcdutl PATH /);
    });

    it("names an etcdutl on this machine's PATH, and does not use it", () => {
      sandbox.stub("etcdutl", "touch used");
      expect(choose("none", "unknown")).toContain(
        `pulumi config set --path restore.etcdutl ${join(sandbox.directory, "stubs", "etcdutl")} `,
      );
      expect(readdirSync(sandbox.directory)).not.toContain("used");
    });
  });
});

it("keeps every file of scripts at a length that is read at once", () => {
  for (const name of readdirSync(operator))
    expect(readFileSync(join(operator, name), "utf8").split("\n").length, name).toBeLessThan(200);
});
