import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, runCommand } from "../../support/commandLine";
import { protobufObject, type TestRecord } from "../../support/etcdRecords";
import {
  KUBE_SYSTEM_UID,
  kubernetesRecords,
  scratchDirectory,
  writeSnapshot,
} from "../../support/testSnapshot";

/** The commands as a user runs them; also the examples of docs/reference/snapshot.md. */
const directory = scratchDirectory();
const text = fs.readFileSync(
  path.join(__dirname, "..", "..", "..", "docs", "reference", "snapshot.md"),
  "utf8",
);

beforeAll(() => {
  const records = kubernetesRecords(3);
  const map = (revision: bigint, name: string, letter: string): TestRecord => ({
    revision,
    key: `/registry/configmaps/default/${name}`,
    created: 4n,
    version: 2,
    value: protobufObject(
      { apiVersion: "v1", kind: "ConfigMap" },
      { name, namespace: "default", padding: Buffer.alloc(9, letter) },
    ),
  });
  const lease = protobufObject(
    { apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
    { name: "l", namespace: "default" },
  );
  const secret = protobufObject(
    { apiVersion: "v1", kind: "Secret" },
    { name: "login", namespace: "default", padding: Buffer.from("correct-horse") },
  );
  const later: TestRecord[] = [
    map(6n, "map-1", "z"),
    { revision: 7n, key: "/registry/configmaps/default/map-2" },
    { ...map(8n, "new", "n"), created: 8n, version: 1 },
    { revision: 9n, key: "/registry/leases/default/l", value: lease },
    { revision: 10n, key: "/registry/secrets/default/login", value: secret },
  ];
  writeSnapshot(directory, "before.db", { records });
  writeSnapshot(directory, "after.db", { records: [...records, ...later] });
  writeSnapshot(directory, "other.db", { records: records.slice(1) });
  fs.writeFileSync(
    path.join(directory, "cut.db"),
    fs.readFileSync(path.join(directory, "after.db")).subarray(0, 8192),
  );
  fs.writeFileSync(path.join(directory, "error.db"), 'Error from server (NotFound): pods "etcd" not found');
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

const run = (...argv: string[]) => runCommand(directory, "snapshot", ...argv);

test("the program itself: exit code, output, no stack trace", async () => {
  const { exitCode, stdout, stderr } = await execa(cli, ["snapshot", "inspect", "cut.db"], {
    cwd: directory,
    reject: false,
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
  expect(text, "the example of the reference").toContain(stderr);
}, 60_000);

describe("snapshot inspect", () => {
  test("a good file: exit code 0, and every field of the JSON", async () => {
    const { exitCode, stdout, stderr } = await run("inspect", "after.db", "--json");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      valid: true,
      sizeBytes: fs.statSync(path.join(directory, "after.db")).size,
      revision: 10,
      compactedRevision: 0,
      keys: 6,
      identity: { kubeSystemUid: KUBE_SYSTEM_UID },
      census: { ConfigMap: 3, Lease: 1, Namespace: 1, Secret: 1 },
      namespaces: { default: 5 },
      encryption: [],
      alarms: [],
    });
    expect(found.sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const field of Object.keys(found))
      expect(text, "the reference names every field").toContain(`\`${field}\``);
  });

  test("a table for people, which shows no value", async () => {
    const { exitCode, stdout } = await run("inspect", "after.db");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^VALID {2}after.db\n/);
    expect(stdout).toContain("3  ConfigMap");
    expect(stdout).not.toContain("correct-horse");
  });

  test.each([
    ["cut.db", "is truncated"],
    ["error.db", 'is not a bolt file: it starts with "Error from server (NotFound)'],
    [".", "is a directory"],
    // A path that names nothing is a mistake on the command line, as in a step's settings.
    ["missing.db", "cannot be opened: ENOENT", 2],
  ])("%s: one sentence and a remedy, no stack trace, and its exit code", async (file, sentence, code = 3) => {
    const { exitCode, stdout, stderr } = await run("inspect", file);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "" });
    expect(stderr).toContain(`${file}: ${sentence}`);
    expect(stderr).not.toMatch(/\n.*\n| at \S+:\d+/);
    const json = await run("inspect", file, "--json");
    expect(json.exitCode).toBe(code);
    expect(JSON.parse(json.stdout)).toEqual({
      schemaVersion: 1,
      valid: false,
      problem: expect.objectContaining({ message: expect.stringContaining(sentence) }),
    });
  });

  test("wrong usage: exit code 2", async () => {
    for (const argv of [
      ["inspect"],
      ["inspect", "a", "--bogus"],
      ["search", "only-one"],
      ["get", "after.db", "pod", "x", "--revision", "new"],
    ]) {
      expect((await run(...argv)).exitCode, argv.join(" ")).toBe(2);
    }
  });
});

describe("snapshot diff", () => {
  test("counts, items, and churn apart", async () => {
    const { exitCode, stdout } = await run("diff", "before.db", "after.db", "--json");
    expect(exitCode).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      added: 2,
      removed: 1,
      changed: 1,
      churn: { Lease: { added: 1, removed: 0, changed: 0 } },
    });
    expect(found.items).toMatchObject([
      { change: "added", kind: "ConfigMap", namespace: "default", name: "new" },
      { change: "added", kind: "Secret", namespace: "default", name: "login" },
      { change: "changed", kind: "ConfigMap", namespace: "default", name: "map-1" },
      { change: "removed", kind: "ConfigMap", namespace: "default", name: "map-2" },
    ]);
  });

  test("filters", async () => {
    const { stdout } = await run("diff", "before.db", "after.db", "--json", "--kind", "lease");
    expect(JSON.parse(stdout)).toMatchObject({
      added: 1,
      removed: 0,
      changed: 0,
      items: [{ kind: "Lease", name: "l" }],
    });
    const named = await run("diff", "before.db", "after.db", "--namespace", "default", "--name", "map-2");
    expect(named.stdout).toMatch(/^0 added, 1 removed, 0 changed\n\nremoved {2}ConfigMap {2}default\/map-2/);
  });

  test("different clusters are refused unless told", async () => {
    const refused = await run("diff", "before.db", "other.db");
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain("of another cluster");
    const told = await run("diff", "before.db", "other.db", "--allow-different-clusters", "--json");
    expect(JSON.parse(told.stdout)).toMatchObject({ added: 0, removed: 1, changed: 0 });
  });
});

describe("snapshot get and search", () => {
  test("an older revision, and the history", async () => {
    const history = await run(
      "get",
      "after.db",
      "configmap",
      "default/map-2",
      "--history",
      "--revision",
      "5",
    );
    expect(history.stdout).toBe("5  created\n7  deleted");
    const gone = await run("get", "after.db", "configmap", "default/map-2");
    expect(gone.exitCode).toBe(1);
    expect(gone.stderr).toContain("was deleted at revision 7");
    const none = await run("get", "after.db", "pod", "default/none");
    expect({ ...none, exitCode: none.exitCode }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("holds no pod default/none"),
    });
  });

  test("which files hold it, and when it was last changed", async () => {
    const { stdout } = await run("search", "before.db", "after.db", "configmap map-1");
    expect(stdout).toMatch(
      /^before.db: 1\n {2}ConfigMap {2}default\/map-1 {2}revision 4\nafter.db: 1\n {2}ConfigMap {2}default\/map-1 {2}revision 6/,
    );
    const json = await run("search", "before.db", "cut.db", "secret*login", "--json");
    expect(json.exitCode).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      files: [
        { file: "before.db", valid: true, hits: [] },
        { file: "cut.db", valid: false },
      ],
    });
  });
});
