import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provideTools } from "../../lab/tools/provideTools";
import { verifySnapshotSync } from "../../snapshot";
import { agreementOf, compareVerdicts, isTooLenient, originals } from "../support/agreement";
import { Judges } from "../support/judges";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../support/testSnapshot";

/** A small share of `npm run fuzz -- judges`: what etcd's own programs refuse, the reader refuses. */
const MUTATIONS = 30;
const directory = scratchDirectory();
let judges: Judges;
beforeAll(async () => {
  const tools = await provideTools({ only: ["etcd", "etcdutl", "bbolt"] });
  const [etcd, etcdutl, bbolt] = [tools.path("etcd"), tools.path("etcdutl"), tools.path("bbolt")];
  judges = new Judges({ etcd, etcdutl, bbolt }, directory);
}, 900_000);
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** Equal on every run, so that a failure is found again. */
function chance(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff;
    return state % limit;
  };
}

describe("outside judges", () => {
  test("accept what is not damaged", async () => {
    for (const [i, bytes] of originals(directory).entries()) {
      const file = path.join(directory, `whole-${i}.db`);
      fs.writeFileSync(file, bytes);
      expect(verifySnapshotSync(file)).toMatchObject({ valid: true });
      for (const judgement of [judges.bboltCheck(file), judges.status(file), judges.restoreAndBoot(file)])
        expect(await judgement).toMatchObject({ accepts: true });
    }
  });

  test("refuse nothing that the reader lets pass", async () => {
    const seen = new Map<string, number>();
    for await (const found of compareVerdicts(judges, directory, MUTATIONS, chance(17))) {
      const agreement = agreementOf(found);
      seen.set(agreement, (seen.get(agreement) ?? 0) + 1);
      expect(isTooLenient(found) ? `${found.n}: ${agreement}` : "").toBe("");
    }
    // not all alike, else nothing was compared
    expect(seen.get("valid; bbolt check yes, status yes, boot yes")).toBeGreaterThan(0);
    expect([...seen.keys()].filter((agreement) => agreement.endsWith("boot no")).length).toBeGreaterThan(0);
  }, 300_000);
});

test("a database whose newest meta page is lost is taken by etcd in silence", async () => {
  const file = writeSnapshot(directory, "raw.db", { records: kubernetesRecords(20), withDigest: false });
  const bytes = fs.readFileSync(file).fill(0, 0, 512);
  fs.writeFileSync(file, bytes);
  expect(await judges.restoreAndBoot(file, true)).toMatchObject({ accepts: true });
  expect(verifySnapshotSync(file, { allowUnhashed: true })).toMatchObject({
    valid: true,
    warnings: [{ code: "unhashed" }, { code: "older-transaction" }],
  });
  expect(await judges.status(file)).toMatchObject({ accepts: false, said: expect.stringContaining("panic") });
});
