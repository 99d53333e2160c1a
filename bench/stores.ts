import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDirectory } from "../lab/tools/toolCache";
import type { StoreShape } from "./generatedStore";

/** A store of about `gigabytes`, generated once and kept in the cache. @returns its path */
export function provideStore(
  gigabytes: number,
  say: (line: string) => void,
  variant: Omit<StoreShape, "bytes"> = {},
): string {
  const directory = path.join(cacheDirectory(), "bench");
  fs.mkdirSync(directory, { recursive: true });
  const { keys, freeEvery, later } = variant;
  const kind = [
    later === undefined ? "before" : "after",
    ...(keys === undefined ? [] : [`${keys}keys`]),
    ...(freeEvery === undefined ? [] : [`free${freeEvery}`]),
  ].join("-");
  const file = path.join(directory, `${gigabytes}GB-${kind}-2.db`);
  if (fs.existsSync(file)) return file;
  say(`generating ${file} ...`);
  const part = `${file}.${process.pid}.part`;
  const shape: StoreShape = { bytes: gigabytes * 1e9, ...variant };
  // in a process of its own: its memory is not what is measured
  const argv = ["--import", "tsx", path.join(__dirname, "generate.ts"), part, JSON.stringify(shape)];
  execFileSync(process.execPath, argv, { stdio: ["ignore", "ignore", "inherit"] });
  fs.renameSync(part, file);
  return file;
}
