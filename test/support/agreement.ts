import * as fs from "node:fs";
import * as path from "node:path";
import { verifySnapshotSync } from "../../snapshot";
import type { Judgement, Judges } from "./judges";
import { type Chance, mutate } from "./mutation";
import { kubernetesRecords, writeSnapshot } from "./testSnapshot";

/** What the reader and the outside judges say of one damaged file. */
export interface Comparison {
  /** Number of the mutation. */
  readonly n: number;
  /** `valid`, or the code of the problem. */
  readonly reader: string;
  readonly problem: string;
  readonly bboltCheck: Judgement;
  readonly status: Judgement;
  readonly boot: Judgement;
  /** The damaged bytes. */
  readonly bytes: Buffer;
}

/** Stores to damage: leaves with and without overflow pages, with and without a list of free pages, inline buckets. */
export function originals(directory: string): Buffer[] {
  const shapes = [
    { records: kubernetesRecords(4, 60), freeEvery: 6 },
    { records: kubernetesRecords(40, 60), freeEvery: 6, withFreelist: true },
    { records: kubernetesRecords(150, 60) },
    { records: kubernetesRecords(12, 5000), freeEvery: 5, withFreelist: true },
  ];
  return shapes.map((shape, i) => fs.readFileSync(writeSnapshot(directory, `original-${i}.db`, shape)));
}

/** Damages stores one after the other, makes their digests right again, and asks everybody about each. */
export async function* compareVerdicts(
  judges: Judges,
  directory: string,
  mutations: number,
  chance: Chance,
): AsyncGenerator<Comparison> {
  const stores = originals(directory);
  const file = path.join(directory, "judged.db");
  for (let n = 1; n <= mutations; n++) {
    const bytes = mutate(stores[chance(stores.length)] ?? Buffer.alloc(0), chance);
    fs.writeFileSync(file, bytes);
    const verdict = verifySnapshotSync(file);
    const problem = verdict.valid ? "" : verdict.problem.message;
    yield {
      n,
      reader: verdict.valid ? "valid" : verdict.problem.code,
      problem: problem.replace(`${file}: `, ""),
      bboltCheck: await judges.bboltCheck(file),
      status: await judges.status(file),
      boot: await judges.restoreAndBoot(file),
      bytes,
    };
  }
}

/** The reader lets pass what a judge does not: never right. */
export function isTooLenient({ reader, bboltCheck, status, boot }: Comparison): boolean {
  return reader === "valid" && !(bboltCheck.accepts && status.accepts && boot.accepts);
}

/** One line of the list of agreement: the reader's verdict, and those of the judges. */
export function agreementOf({ reader, bboltCheck, status, boot }: Comparison): string {
  const said = ({ accepts }: Judgement) => (accepts ? "yes" : "no");
  return `${reader}; bbolt check ${said(bboltCheck)}, status ${said(status)}, boot ${said(boot)}`;
}
