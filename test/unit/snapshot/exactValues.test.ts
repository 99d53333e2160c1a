import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { main } from "../../../automation/cli";
import { diffSnapshotsSync } from "../../../snapshot";
import { Descriptors } from "../../../snapshot/kubernetes/descriptors";
import { field, protobufObject, type TestRecord } from "../../support/etcdRecords";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function run(...argv: string[]) {
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
  await main([process.execPath, "etcd-recovery", "snapshot", ...argv]);
  const exitCode = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { exitCode, ...written };
}

const key = "/registry/example.com/widgets/ns/w";
const widget = (rest: string) =>
  `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","namespace":"ns"},${rest}}\n`;
const write = (name: string, value: string | Buffer, at = key) =>
  writeSnapshot(directory, name, { records: [...kubernetesRecords(1), { revision: 9n, key: at, value }] });
const get = (file: string, format: string) => run("get", file, "widget", "ns/w", "-o", format);

describe("integers above 2^53", () => {
  const one = write(
    "one.db",
    widget('"spec":{"n":9007199254740993,"low":-9223372036854775808,"t":"\\u00001","f":1.5}'),
  );
  const two = write(
    "two.db",
    widget('"spec":{"n":9007199254740992,"low":-9223372036854775808,"t":"\\u00001","f":1.5}'),
  );

  test("get prints their digits, and strings as strings", async () => {
    const json = await get(one, "json");
    expect(json.stdout).toContain('"n": 9007199254740993');
    expect(json.stdout).toContain('"low": -9223372036854775808');
    expect(JSON.parse(json.stdout).spec).toMatchObject({ t: "\u00001", f: 1.5 });
    expect((await get(one, "yaml")).stdout).toMatch(/"n": 9007199254740993\n/);
  });

  test("diff tells them apart", () => {
    expect(diffSnapshotsSync(one, two)).toMatchObject({ items: [{ fields: ["spec.n"] }] });
  });
});

describe("fields that the descriptors do not know", () => {
  const withField = (text: string) => {
    const known = protobufObject({ apiVersion: "v1", kind: "ConfigMap" }, { name: "new", namespace: "ns" });
    const raw = Buffer.concat([
      known.subarray(known.indexOf(Buffer.from([0x12]), 20) + 2),
      field(42, Buffer.from(text)),
    ]);
    const type = Buffer.concat([field(1, Buffer.from("v1")), field(2, Buffer.from("ConfigMap"))]);
    return Buffer.concat([Buffer.from("k8s\0"), field(1, type), field(2, raw)]);
  };
  const at = "/registry/configmaps/ns/new";

  test("get says them, and prints the rest", async () => {
    const { exitCode, stdout, stderr } = await run(
      "get",
      write("unknown.db", withField("a"), at),
      "cm".replace("cm", "configmap"),
      "ns/new",
    );
    expect({ exitCode, object: parse(stdout) }).toMatchObject({
      exitCode: 0,
      object: { kind: "ConfigMap", metadata: { name: "new" } },
    });
    expect(stderr).toContain("ConfigMap ns/new is not whole");
    expect(stderr).toContain("field 42");
  });

  test("diff lists them", () => {
    const diff = diffSnapshotsSync(write("a.db", withField("a"), at), write("b.db", withField("b"), at));
    expect(diff).toMatchObject({ changed: 1, items: [{ fields: ["field 42"] }] });
  });
});

describe("what cannot be decoded is not printed", () => {
  test("without descriptors get fails", async () => {
    vi.spyOn(Descriptors, "load").mockReturnValue(undefined);
    const file = writeSnapshot(directory, "plain.db", { records: kubernetesRecords(1) });
    const { exitCode, stdout, stderr } = await run("get", file, "configmap", "default/map-0");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(
      /^ConfigMap default\/map-0 cannot be shown: this installation has no descriptors.*npm run generate/,
    );
  });

  test.each([
    ["an encrypted value", "k8s:enc:kms:v2:vault:x", "it is encrypted with kms v2:vault"],
    ["a damaged one", '{"apiVersion":"e', "its value is damaged"],
    ["JSON of two kinds", widget('"kind":"Gadget"'), "says twice what it is"],
    [
      "JSON of two names",
      widget('"metadata":{"name":"x","namespace":"kube-system"}'),
      "says twice what it is",
    ],
    ["a number that no float holds", widget('"spec":{"n":[1e400]}'), "its JSON is damaged"],
    ["an integer that none holds", widget(`"spec":{"n":1${"0".repeat(400)}}`), "its JSON is damaged"],
    ["damaged JSON behind its identity", widget('"spec":{]}'), "its JSON is damaged"],
  ])("%s", async (_, value, reason) => {
    const { exitCode, stdout, stderr } = await run(
      "get",
      write("odd.db", value),
      "widgets.example.com",
      "ns/w",
    );
    const named = value.includes("Widget")
      ? await get(write("odd.db", value), "yaml")
      : { exitCode, stdout, stderr };
    expect({ exitCode: named.exitCode, stdout: named.stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(named.stderr).toContain(reason);
  });
});

test.each([3_000, 10_000, 100_000])(
  "JSON of %i levels: every command ends, without a stack trace",
  async (depth) => {
    const nested = (end: string) =>
      widget(`"spec":${'{"a":['.repeat(depth / 2)}${end}${"]}".repeat(depth / 2)}`);
    const [file, other] = [write("deep.db", nested("1")), write("deep2.db", nested("2"))];
    expect((await run("inspect", file, "--quiet")).exitCode).toBe(0);
    expect((await run("search", file, "widget")).stdout).toContain("ns/w");
    expect((await run("diff", file, other)).stdout).toContain("1 changed");
    for (const format of ["yaml", "json"]) {
      const { exitCode, stdout, stderr } = await get(file, format);
      expect(stderr).not.toMatch(/RangeError|\n\s+at /);
      if (exitCode === 0) expect(JSON.parse(stdout).kind).toBe("Widget");
      else expect(stderr).toMatch(/^Widget ns\/w cannot be shown: it is nested too deeply/);
    }
  },
  60_000,
);

describe("nothing from a file acts on a terminal", () => {
  const evil = "\u001b[2J\u009b31m\u202e\u2028\u0007";
  const acting = /[\p{Cc}\p{Bidi_Control}\p{Zl}]/u;
  const name = `w${evil}`;
  const object = JSON.stringify({
    apiVersion: "example.com/v1",
    kind: `K${evil}`,
    metadata: { name, namespace: "ns", creationTimestamp: evil },
    spec: { [evil]: `a\nb ${evil}`, plain: "a\nb" },
  });
  const records: TestRecord[] = [
    { revision: 9n, key: `/registry/example.com/widgets/ns/${name}`, value: object },
  ];
  const members: [Buffer, Buffer][] = [[Buffer.from("1"), Buffer.from(JSON.stringify({ name: evil }))]];
  const buckets = {
    members,
    cluster: [[Buffer.from("clusterVersion"), Buffer.from(`3.6.0${evil}`)]] as [Buffer, Buffer][],
  };
  const safe = (text: string) => expect(text.replaceAll("\n", "")).not.toMatch(acting);

  test.each([
    ["inspect", ["inspect"]],
    ["inspect as JSON", ["inspect", "--json"]],
    ["search", ["search"]],
    ["get as YAML", ["get"]],
    ["get as JSON", ["get", "-o", "json"]],
  ])("%s", async (_, [command = "", ...options]) => {
    const file = writeSnapshot(directory, "evil.db", command === "get" ? { records } : { records, buckets });
    const rest = { search: ["w"], get: [`K${evil}`, `ns/${name}`] }[command] ?? [];
    const { stdout, stderr } = await run(command, file, ...rest, ...options);
    expect(stdout + stderr).toMatch(/x1b|u001b|\\e/);
    safe(stdout + stderr);
    if (command !== "get") return;
    // the escapes mean what was there
    expect(parse(stdout)).toEqual(
      JSON.parse(object.replace('"namespace"', '"resourceVersion":"9","namespace"')),
    );
  });

  test("diff, and problems", async () => {
    const file = writeSnapshot(directory, "evil.db", { records });
    const none = writeSnapshot(directory, "none.db", { records: [] });
    safe((await run("diff", none, file)).stdout);
    const odd = path.join(directory, `bad${evil}`);
    fs.writeFileSync(odd, `no ${evil} bolt`);
    safe((await run("inspect", odd)).stderr);
  });
});
