import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ValidInspection, verifySnapshotSync } from "../../../snapshot";
import { sealDigest } from "../../support/boltWriter";
import { mutate } from "../../support/mutation";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

const directory = scratchDirectory();
const file = path.join(directory, "damaged.db");
let good: Buffer;
let expected: ValidInspection;

beforeAll(() => {
  const written = writeSnapshot(directory, "good.db", { records: kubernetesRecords(120, 200), freeEvery: 5 });
  good = fs.readFileSync(written);
  const verdict = verifySnapshotSync(written);
  if (!verdict.valid) throw new Error(verdict.problem.message);
  expected = verdict;
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

function verify(bytes: Buffer) {
  fs.writeFileSync(file, bytes);
  return verifySnapshotSync(file);
}

/** A refusal is one sentence that names the file, and a remedy. */
function isRefused(bytes: Buffer): boolean {
  const verdict = verify(bytes);
  if (verdict.valid) return bytes.equals(good);
  const { message, remedy } = verdict.problem;
  return message.startsWith(`${file}: `) && message.endsWith(".") && !message.includes("\n") && remedy !== "";
}

const position = () => fc.nat(good.length - 1);

describe("any damage to a snapshot is refused", () => {
  test("a flipped bit", () => {
    fc.assert(
      fc.property(fc.noShrink(fc.nat()), fc.nat(7), (n, bit) => {
        const bytes = Buffer.from(good);
        const at = n % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        return isRefused(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test("a cut at any place", () => {
    fc.assert(
      fc.property(fc.nat(), (n) => isRefused(good.subarray(0, n % good.length))),
      { numRuns: 200 },
    );
  });

  test("a range taken out, put in or zeroed", () => {
    fc.assert(
      fc.property(
        position(),
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom("out", "in", "zero"),
        (at, length, how) => {
          const rest = good.subarray(Math.min(good.length, at + length));
          const between =
            how === "out"
              ? Buffer.alloc(0)
              : how === "in"
                ? Buffer.alloc(length, 0x5a)
                : Buffer.alloc(good.length - at - rest.length);
          return isRefused(
            Buffer.concat([good.subarray(0, at), between, how === "in" ? good.subarray(at) : rest]),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("under a right digest", () => {
  test("free pages may hold anything: what is found stays the same", () => {
    // every fifth page of this file is a stale copy that nothing reaches
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: Math.floor(good.length / 4096 / 5) - 1 }),
        fc.uint8Array({ minLength: 4096, maxLength: 4096 }),
        (n, junk) => {
          const bytes = Buffer.from(good);
          bytes.set(junk, n * 5 * 4096);
          const verdict = verify(sealDigest(bytes));
          const digests = { sha256: "", contentSha256: "" };
          expect({ ...verdict, ...digests }).toEqual({ ...expected, ...digests });
        },
      ),
      { numRuns: 60 },
    );
  });

  test("any damage is refused or read, at once, and never thrown", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(0x3fff_ffff)), (stream) => {
        const bytes = mutate(good, (limit) => Number(stream.next().value) % limit);
        const begun = performance.now();
        const verdict = verify(bytes);
        expect(performance.now() - begun).toBeLessThan(2000);
        if (!verdict.valid) expect(verdict.problem.message).toMatch(/^\S+: .*\.$/);
      }),
      { numRuns: 1500 },
    );
    // Each has its limit above; all of them take as long as a busy machine makes them.
  }, 60_000);
});
