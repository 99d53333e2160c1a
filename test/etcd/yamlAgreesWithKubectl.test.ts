import execa from "execa";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeObject } from "../../automation/snapshot/writeObject";
import { provideTools } from "../../lab/tools/provideTools";

/** Pieces of which YAML makes something else than text, alone or side by side. */
const pieces = [
  ..."ab0179xXoObBeE+-_.:#'\"\\<=&*!|>%@`{}[],?~ \n\t\r",
  ...["\u0085", "\u2028", "\u202e", "\u001b", "\ufeff", "\uffff", "\u00a0", "é", "😀", " words".repeat(20)],
];
const known = [
  "yes",
  "<<",
  "=",
  "1:30",
  "017",
  "~",
  "2001-01-01",
  ".inf",
  "",
  "null",
  "Y",
  "\n",
  "a\n\n",
  "\t",
];

test("kubectl reads every string of a printed object as it is", async () => {
  const tools = await provideTools({ only: ["kubectl"] });
  const text = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 })
    .map((all) => all.join(""));
  const strings = [...known, ...fc.sample(text, 20_000)];
  const data = Object.fromEntries(strings.map((one, i) => [`k${i}`, one]));
  const labels = { name: "a", namespace: "ns", labels: { x: "y" }, annotations: { "<<": "a", "=": "b" } };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: labels, data };
  const written = writeObject(object, "yaml", true);
  if (written.reason !== undefined) throw new Error(written.reason);
  const input = `${written.text}\n`;
  const argv = ["label", "--local", "-f", "-", "x=y", "-o", "json"];
  const { stdout } = await execa(tools.path("kubectl"), argv, { input, maxBuffer: 1 << 28 });
  const found = JSON.parse(stdout);
  expect(found.metadata.annotations).toEqual(labels.annotations);
  const differing = Object.entries(data).filter(([key, one]) => found.data[key] !== one);
  expect(differing).toEqual([]);
}, 900_000);
