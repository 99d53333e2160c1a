import * as fs from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { searchSnapshot } from "../../../snapshot";
import { runCommand } from "../../support/commandLine";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

describe("a search among what no API server has written", () => {
  test.each([
    ['"managedFields":{}', null],
    ['"managedFields":"abc"', null],
    ['"managedFields":[null,7,{"time":7},{"time":"2026-01-02T00:00:00Z"}]', "2026-01-02T00:00:00Z"],
    ['"creationTimestamp":["2026-01-01T00:00:00Z"],"managedFields":null', null],
  ])("%s", async (fields, lastChanged) => {
    const metadata = `{"name":"w","namespace":"ns",${fields}}`;
    const value = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":${metadata}}`;
    const records = [{ revision: 9n, key: "/registry/example.com/widgets/ns/w", value }];
    const found = await searchSnapshot(writeSnapshot(directory, "odd.db", { records }), "widget");
    expect(found).toMatchObject({ valid: true, hits: [{ name: "w", lastChanged }] });
  });
});

describe("a search among keys of any length", () => {
  const key = (text: string) => ({ revision: 5000n, key: text, value: "x" });
  const hits = async (text: string, query: string) => {
    const found = await searchSnapshot(writeSnapshot(directory, "keys.db", { records: [key(text)] }), query);
    return found.valid ? found.hits.length : found.problem.message;
  };

  test.each([
    ["Pods/Web-0", "pod*WEB", 1],
    ["a\nb", "a*b", 1],
    ["ab", "b*a", 0],
    ["aba", "ab*ba", 0],
    ["a+b(c", "a+b(", 1],
    ["ab", "*", 1],
  ])("%j and %j: %i", async (text, query, count) => expect(await hits(text, query)).toBe(count));

  test("takes no longer for a *", async () => {
    const began = Date.now();
    expect(await hits("a".repeat(1 << 20), "a*a*b")).toBe(0);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test("prints one of a mebibyte beside a thousand others", async () => {
    const records = [...kubernetesRecords(1000, 10), key(`/${"a".repeat(1 << 20)}`)];
    writeSnapshot(directory, "long.db", { records });
    const { exitCode, stdout } = await runCommand(directory, "snapshot", "search", "long.db", "a");
    expect(exitCode).toBe(0);
    expect(stdout.length).toBeLessThan(2_000_000);
    expect(stdout).toMatch(/\n {2}ConfigMap {2}default\/map-0 {4}revision 3\n/);
  });
});
