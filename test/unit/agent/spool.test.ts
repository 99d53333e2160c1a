import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Spool } from "../../../agent/spool";
import { scratchDirectory } from "../../support/testSnapshot";

const scratch = scratchDirectory();
afterAll(() => rmSync(scratch, { recursive: true }));

/** No process has so high a number. */
const NOBODY = 2 ** 30;
const named = (pid: number, host = hostname()) => `run-${pid}-${randomUUID()}@${host}`;

it.each<[string, string, boolean]>([
  ["another run's that lives", named(process.ppid), true],
  ["one's own number's, of a container that was started anew", named(process.pid), false],
  ["a killed run's", named(NOBODY), false],
  ["another machine's", named(process.ppid, "pod-of-yesterday"), false],
  ["an earlier version's", `run-${randomUUID()}`, false],
  ["somebody's own", "notes", true],
])("what lies on the spool: %s", async (_, name, stays) => {
  const root = mkdtempSync(join(scratch, "spool-"));
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, "snapshot.db"), "x");
  const spool = await Spool.open(root);
  expect(existsSync(join(root, name, "snapshot.db"))).toBe(stays);
  await spool.remove();
  expect(readdirSync(root)).toEqual(stays ? [name] : []);
});
