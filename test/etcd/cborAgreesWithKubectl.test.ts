import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { provideTools } from "../../lab/tools/provideTools";
import { getObject, verifySnapshot } from "../../snapshot";
import { parseExact } from "../../snapshot/kubernetes/exactJson";
import { ApiServer } from "../support/apiServer";
import { scratchDirectory } from "../support/testSnapshot";

/** Custom resources as the API server stores them with the feature gate CBORServingAndStorage. */
const directory = scratchDirectory();
let server: ApiServer;

beforeAll(async () => {
  const tools = await provideTools({ only: ["etcd", "etcdctl", "kube-apiserver", "kubectl"] });
  server = await ApiServer.start(tools, directory, ["--feature-gates", "CBORServingAndStorage=true"]);
  await server.kubectl(["apply", "-f", path.join(__dirname, "..", "support", "objects.yaml")]);
  await server.kubectl(["wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=30s"]);
}, 900_000);
afterAll(async () => {
  await server?.stop();
  fs.rmSync(directory, { recursive: true });
});

test("kubectl and the reader agree on values of every form", async () => {
  const nested = `${"[".repeat(900)}0.5${"]".repeat(900)}`;
  const specs: Record<string, string> = {
    half: '{"n":[0.5,-4.0,1.5,65504.0,5.960464477539063e-8]}',
    single: '{"n":[100000.5,3.4028234663852886e38]}',
    double: '{"n":[1.1,1e300,-2.2250738585072014e-308]}',
    integers:
      '{"n":[0,23,24,255,65536,-1,9007199254740992,9007199254740993,9223372036854775807,-9223372036854775808]}',
    text: '{"t":["","\\u00fc\\n","\\u0000\\u2028",null,true,false],"":{},"__proto__":{"a":1}}',
    deep: `{"d":${nested}}`,
  };
  for (const [name, spec] of Object.entries(specs)) {
    const widget = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"${name}","namespace":"shop"},"spec":${spec}}`;
    await server.kubectl(["create", "-f", "-"], widget);
  }
  const file = await server.etcd.save(path.join(directory, "cbor.db"));
  expect(fs.readFileSync(file).includes(Buffer.from("d9d9f7", "hex")), "stored as CBOR").toBe(true);
  const verdict = await verifySnapshot(file);
  if (!verdict.valid) throw new Error(verdict.problem.message);
  const listed = await server.raw<{ items: unknown[] }>("/apis/example.com/v1/widgets");
  expect(verdict.census.Widget).toBe(listed.items.length);
  expect(listed.items.length).toBeGreaterThanOrEqual(Object.keys(specs).length);
  expect(verdict).toMatchObject({ unreadable: {}, warnings: [] });
  for (const name of Object.keys(specs)) {
    const ours = await getObject(file, { kind: "widget", namespace: "shop", name });
    const theirs = await server.kubectl([
      "get",
      "--raw",
      `/apis/example.com/v1/namespaces/shop/widgets/${name}`,
    ]);
    if (!ours.valid || ours.object === undefined) throw new Error(`${name}: ${JSON.stringify(ours)}`);
    expect(exact(ours.object), name).toEqual(exact(parseExact(theirs)));
  }
}, 300_000);

/** Integers as their digits: `toEqual` knows no equality of a bigint and a number. */
function exact(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return value.map(exact);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, exact(inner)]));
}
