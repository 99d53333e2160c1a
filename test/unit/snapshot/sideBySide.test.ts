import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { diffSnapshotsSync } from "../../../snapshot";
import { SnapshotFile } from "../../../snapshot/file/snapshotFile";
import { KeyReader } from "../../../snapshot/mvcc/keyReader";
import { searchSteps } from "../../../snapshot/search";
import { PageEditor } from "../../support/damage";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

/** Two files are read side by side, and a search reads keys alone. */
const directory = scratchDirectory();
afterAll(() => fs.rmSync(directory, { recursive: true }));

describe("two snapshots side by side", () => {
  const write = (name: string, n: number) =>
    writeSnapshot(directory, name, { records: kubernetesRecords(n) });
  const openFiles = () => fs.readdirSync("/proc/self/fd").length;

  test.each([
    [3, 900],
    [900, 3],
  ])("one of %i objects and one of %i", (few, many) => {
    const verdict = diffSnapshotsSync(write("a.db", few), write("b.db", many));
    expect(verdict).toMatchObject({
      valid: true,
      added: Math.max(0, many - few),
      removed: Math.max(0, few - many),
    });
  });

  test("of two problems the first file's is told, and nothing stays open", () => {
    const [good, cut, cutToo] = [write("good.db", 900), write("cut.db", 900), write("cut-too.db", 5)];
    fs.truncateSync(cutToo, 8192);
    const e = new PageEditor(fs.readFileSync(cut));
    e.flip(e.bytes.length - 40);
    fs.writeFileSync(cut, e.bytes);
    const before = openFiles();
    const problem = (a: string, b: string) => {
      const verdict = diffSnapshotsSync(a, b);
      return verdict.valid ? "" : verdict.problem.message;
    };
    expect(problem(cut, cutToo)).toContain(`${cut}: its SHA-256`);
    expect(problem(cutToo, cut)).toContain(`${cutToo}: is truncated`);
    expect(problem(good, cutToo)).toContain(`${cutToo}: is truncated`);
    expect(problem(cut, good)).toContain(`${cut}: its SHA-256`);
    expect(openFiles()).toBe(before);
  });
});

describe("a search", () => {
  test("reads no values", () => {
    const records = kubernetesRecords(60, 100_000);
    const file = SnapshotFile.open(writeSnapshot(directory, "large.db", { records }));
    if ("code" in file) throw new Error(file.message);
    let read = 0;
    const readInto = file.readInto.bind(file);
    file.readInto = (target, position) => {
      read += target.length;
      return readInto(target, position);
    };
    const e = new PageEditor(fs.readFileSync(file.path));
    const keys = new KeyReader(file, e.pageSize, undefined);
    const found: string[] = [];
    const [root, seen] = [e.bucketRoot("key"), records.length];
    for (let child = 0; found.length < seen; child++) {
      const leaf = e.child(root, child);
      const count = e.bytes.readUInt16LE(e.at(leaf) + 10);
      for (let i = 0; i < count; i++) found.push(keys.read(leaf, i) ?? "");
    }
    file.close();
    expect(found).toEqual(records.map(({ key }) => key));
    expect(read).toBeLessThan(records.length * 5000);
  });

  test("of long keys, and of an inline bucket, finds all", () => {
    const long = { revision: 900n, key: `/registry/configmaps/default/${"x".repeat(9000)}`, value: "{}" };
    const search = (name: string) => {
      const steps = searchSteps(path.join(directory, name), "configmaps");
      for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
    };
    writeSnapshot(directory, "long.db", { records: [...kubernetesRecords(20), long] });
    expect(search("long.db")).toMatchObject({ valid: true, hits: { length: 21 } });
  });

  test("lets the event loop turn while it looks", () => {
    const steps = searchSteps(
      writeSnapshot(directory, "many.db", { records: kubernetesRecords(5000, 10) }),
      "none",
    );
    let turnsAtTheEnd = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next())
      if (step.value.doneBytes === step.value.totalBytes) turnsAtTheEnd++;
    expect(turnsAtTheEnd).toBeGreaterThanOrEqual(5);
  });
});
