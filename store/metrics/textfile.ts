import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { UserError } from "../../components/errors";
import { metricNames, metrics, type Sample } from "./metrics";

/** A gauge in Prometheus' text format. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Samples by their metrics, in the order of these. */
export const gaugesOf = (samples: readonly Sample[]): readonly Gauge[] =>
  metricNames.map((name) => ({
    name,
    help: metrics[name].help,
    values: samples.filter(({ metric }) => metric === name),
  }));

/** Gauges as text (https://prometheus.io/docs/instrumenting/exposition_formats/); one without a value is left out. */
export function gaugesText(gauges: readonly Gauge[]): string {
  const told = gauges.filter(({ values }) => values.length > 0);
  return told
    .map(({ name, help, values }) => {
      const lines = values.map(({ labels, value }) => `${name}${labelsText(labels)} ${value}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`;
    })
    .join("");
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(",")}}`;
}

const escaped = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one));

/** What {@link gaugesText} has written; other lines are passed over. */
export function readGauges(text: string): readonly Gauge[] {
  const helps = new Map(
    [...text.matchAll(/^# HELP (\w+) (.*)$/gm)].map(([, name = "", help = ""]) => [name, help]),
  );
  const lines = [...text.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)].map(
    ([, name = "", labels = "", value = ""]) => {
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      const told = Object.fromEntries(pairs.map(([, key = "", one = ""]) => [key, unescaped(one)]));
      return { name, labels: told, value: Number(value) };
    },
  );
  return [...helps].map(([name, help]) => ({
    name,
    help,
    values: lines.filter((line) => line.name === name),
  }));
}

/**
 * Rewrites a textfile: whoever scrapes it sees the old or the new one. The collector passes over names that do not end with
 * `.prom`, as what is being written does.
 *
 * @param input what the user gave the path as, for messages. @throws UserError
 */
export async function writeTextfile(path: string, text: string, input: string): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(part, text, { mode: 0o644 });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${input}: ${path} cannot be written: ${code}.`,
      "Give a file in a directory that is there.",
    );
  }
}
